// LOLWUT: a picture, and the version.

enum LOLWUT: Command {
    static let declaration = Declaration(
        "lolwut", .server, since: "5.0.0", complexity: "",
        summary: "Displays computer art and the Redis version",
        flags: [.readOnly, .fast], grammar: [.token(Option.version, .integer("version"))])

    enum Option: Int, CommandOption { case version }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if arguments.count >= 3, arguments.option(Option.self, at: 1) == .version {
            _ = try arguments.integer(2)
        }
        let version = context.settings.reportedVersion.text
        reply.verbatim(text: LOLWUT.picture + "\nRedis ver. \(version)\n")
    }
}

extension LOLWUT {
    /// Apus apus, the common swift, on its way south.
    fileprivate static let picture = """
              __                          __
           _-'  `--.._              _..--'  `-_
        .-'           `--..____..--'           `-.
                       `-.  ''  .-'
                          )    (
                          `-..-'
                           /  \\
        """
}
