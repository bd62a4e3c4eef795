// WAITAOF numlocal numreplicas timeout

enum WAITAOF: Command {
    static let declaration = Declaration(
        "waitaof", .generic, since: "7.2.0", complexity: "O(1)",
        summary:
            "Blocks until all of the preceding write commands sent by the connection are written to the "
            + "append-only file of the master and/or replicas.",
        flags: [.noScript], categories: [.connection],
        tips: ["request_policy:all_shards", "response_policy:agg_min"],
        grammar: [.integer("numlocal"), .integer("numreplicas"), .integer("timeout")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let local = try arguments.integer(1)
        guard 0...1 ~= local else { throw .because("ERR value is out of range, value must between 0 and 1") }
        guard let replicas = arguments[2].integer, replicas >= 0 else { throw .mustBePositive }
        let deadline = try arguments.waitDeadline(milliseconds: 3, from: context.now)
        if context.follows {
            throw context.error(
                "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just "
                    + "local and are not propagated.")
        }
        if local > 0, context.appendOnly.state == .off {
            throw .because("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
        }
        let isSafe = context.hasSafeWrites(context.current)
        let count = context.replicas.count(securing: context.client.replicatedPosition)
        if replicas <= Int64(count), isSafe || local == 0 { return reply.written(isSafe, count) }
        if context.isExecutingTransaction { return reply.written(isSafe, count) }
        if replicas > 0 { context.replicas.asksForAcknowledgement = true }
        let answer = LateAnswer.written(here: local > 0, replicas: replicas)
        context.waitInVain(arguments, until: deadline, answer: answer, &reply)
    }
}
