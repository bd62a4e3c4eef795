// Names that Redis 7.2 has and this build has not. They are answered with a clear refusal, and COMMAND does not
// know them. A command that is built leaves this list; a test holds both together against the whole of 7.2.

/// Names of commands that other servers have and this one does not have yet.
enum UnbuiltCommands {
    static func refusal(_ name: String) -> String {
        "ERR command '\(name.lowercased())' is not supported by this build"
    }

    static let names: Set<String> = Set(
        """
        acl|deluser acl|dryrun acl|load acl|log acl|save acl|setuser
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
