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
        // One that is longer than any is none.
        let identifier = arguments[1].prefix(min(arguments[1].count, ReplicationHistory.identifierSize + 1)).array
            .oneLine
        if arguments.count > 3, arguments.isWord(3, "failover") {
            try takeOver(identifier, &context)
        }
        if context.failover.isUnderWay { throw .because("NOMASTERLINK Can't SYNC while failing over") }
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

    /// The server that this one follows has stopped writing, and wants to follow this one.
    private static func takeOver(_ identifier: String, _ context: inout CommandContext) throws(CommandError) {
        context.log.notice("Failover request received for replid \(identifier).")
        guard context.follows else { throw .because("ERR PSYNC FAILOVER can't be sent to a master.") }
        guard identifier.lowercased() == context.replicas.history.identifier.lowercased() else {
            throw .because("ERR PSYNC FAILOVER replid must match my replid.")
        }
        context.followNobody()
        let description = context.describe(context.current)
        context.log.notice("MASTER MODE enabled (failover request from '\(description)')")
    }
}
