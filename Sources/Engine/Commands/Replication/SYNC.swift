// SYNC

enum SYNC: Command {
    static let declaration = Declaration(
        "sync", .server, since: "1.0.0", complexity: "",
        summary: "An internal command used in replication.",
        flags: [.administration, .noScript, .noAsyncLoading, .noMulti])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard context.client.flags.contains(.wantsOnlySnapshot) else { throw .noReplication }
        // The snapshot comes in the place of the reply.
        context.requestSnapshot(for: context.current)
    }
}
