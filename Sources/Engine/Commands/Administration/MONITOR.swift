// MONITOR: this client sees every command from now on.

enum MONITOR: Command {
    static let declaration = Declaration(
        "monitor", .server, since: "1.0.0", complexity: "",
        summary: "Listens for all requests received by the server in real-time.",
        flags: [.administration, .noScript, .loading, .stale])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if context.isExecutingTransaction { throw .because("ERR MONITOR isn't allowed for DENY BLOCKING client") }
        context.addMonitor()
        reply.ok()
    }
}
