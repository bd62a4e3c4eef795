// SYNC

enum SYNC: Command {
    static let declaration = Declaration(
        "sync", .server, since: "1.0.0", complexity: "",
        summary: "An internal command used in replication.",
        flags: [.administration, .noScript, .noAsyncLoading, .noMulti])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if context.isBeyondSynchronization { return }
        try context.checkSynchronization()
        // The snapshot comes in the place of the reply.
        context.requestSynchronization(from: nil)
    }
}
