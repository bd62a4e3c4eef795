// WAIT numreplicas timeout

enum WAIT: Command {
    static let declaration = Declaration(
        "wait", .generic, since: "3.0.0", complexity: "O(1)",
        summary:
            "Blocks until the asynchronous replication of all preceding write commands sent by the connection "
            + "is completed.",
        categories: [.connection], tips: ["request_policy:all_shards", "response_policy:agg_min"],
        grammar: [.integer("numreplicas"), .integer("timeout")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if context.follows {
            throw context.error(
                "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is "
                    + "configured to be writable (which is not the default) writes to replicas are just local and are "
                    + "not propagated.")
        }
        let wanted = try arguments.integer(1)
        let deadline = try arguments.waitDeadline(milliseconds: 2, from: context.now)
        let count = context.replicas.count(acknowledging: context.client.replicatedPosition)
        if Int64(count) >= wanted || context.isExecutingTransaction { return reply.integer(count) }
        context.replicas.asksForAcknowledgement = true
        context.waitInVain(arguments, until: deadline, answer: .acknowledged(by: wanted), &reply)
    }
}
