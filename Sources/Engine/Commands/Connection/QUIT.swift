// QUIT

enum QUIT: Command {
    static let declaration = Declaration(
        "quit", .connection, since: "1.0.0", complexity: "O(1)",
        summary: "Closes the connection.",
        flags: [.noScript, .loading, .stale, .fast, .noAuthentication, .allowBusy, .immediate, .whileSubscribed],
        deprecated: .init(version: "7.2.0", replacement: "just closing the connection"), arity: -1)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.ok()
        context.closeAfterReply()
    }
}
