// CONFIG REWRITE

extension CONFIG {
    /// Writes the settings in force to the file that the server was started with.
    enum Rewrite: Command {
        static let declaration = Declaration(
            "rewrite", .server, since: "2.8.0", complexity: "O(1)",
            summary: "Persists the effective configuration to file.",
            flags: [.administration, .noScript, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            try context.rewriteConfiguration()
            reply.ok()
        }
    }
}
