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
        if arguments.count > 3, FoldedName(arguments[3]) == FoldedName("failover") {
            throw .because("ERR PSYNC FAILOVER can't be sent to a master.")
        }
        _ = try arguments.integer(2)
        if arguments[1].count == 0 || arguments[1][0] != UInt8(ascii: "?") { context.replicas.refusedPartialCount += 1 }
        // The snapshot comes in the place of the reply, whatever was asked for.
        try context.requestSynchronization(acknowledges: true)
    }
}
