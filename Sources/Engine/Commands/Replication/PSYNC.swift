// PSYNC replicationid offset

enum PSYNC: Command {
    static let declaration = Declaration(
        "psync", .server, since: "2.8.0", complexity: "",
        summary: "An internal command used in replication.",
        flags: [.administration, .noScript, .noAsyncLoading, .noMulti], arity: -3,
        grammar: [.string("replicationid"), .integer("offset")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if context.isBeyondSynchronization { return }
        let identifier = arguments[1].prefix(min(arguments[1].count, ReplicaIntroduction.longestAddress)).quotableText
        if arguments.count > 3, FoldedName(arguments[3]) == FoldedName("failover") {
            context.log.notice("Failover request received for replid \(identifier).")
            throw .because("ERR PSYNC FAILOVER can't be sent to a master.")
        }
        try context.checkSynchronization()
        let offset: Int64
        do throws(CommandError) { offset = try arguments.integer(2) } catch {
            let name = context.replicaName(context.current)
            context.log.warning("Replica \(name) asks for synchronization but with a wrong offset")
            throw error
        }
        // The stream, perhaps with a snapshot before it, comes in the place of the reply.
        context.requestSynchronization(from: ResumptionRequest(identifier: identifier, offset: Int(offset)))
    }
}
