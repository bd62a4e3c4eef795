// RESET

enum RESET: Command {
    static let declaration = Declaration(
        "reset", .connection, since: "6.2.0", complexity: "O(1)",
        summary: "Resets the connection.",
        flags: [.noScript, .loading, .stale, .fast, .noAuthentication, .allowBusy, .immediate, .whileSubscribed])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        context.removeMonitor(context.current)
        context.discardTransaction()
        context.disableTracking(of: context.current)
        context.forgetSubscriptions(of: context.current)
        context.client.database = 0
        context.keyspace.select(0)
        context.client.name = []
        context.client.replyMode = .on
        context.client.maintenanceNotices = .off
        context.client.flags.subtract([.isKeptFromEviction, .leavesAccessClock])
        context.keyspace.clock.isStopped = false
        context.attention.remove(.filtersReplies)
        reply.version = .two
        context.client.output.version = .two
        context.updateSubscribedMode(.two)
        context.restrictClient(.monitoring, false)
        context.restrictClient(.unauthenticated, context.requiresPassword)
        reply.simple("RESET")
    }
}
