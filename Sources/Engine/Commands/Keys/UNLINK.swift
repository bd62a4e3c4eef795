// UNLINK key …

enum UNLINK: Command {
    static let declaration = Declaration(
        "unlink", .generic, since: "4.0.0",
        complexity:
            "O(1) for each key removed regardless of its size. Then the command does O(N) work in a different "
            + "thread in order to reclaim memory, where N is the number of allocations the deleted objects where "
            + "composed of.",
        summary: "Asynchronously deletes one or more keys.",
        flags: [.write, .fast], categories: [.keyspace],
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"], propagates: .verbatim,
        grammar: [.key("key", .remove).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if _fastPath(arguments.count == 2) {
            return reply.integer(context.keyspace.remove(arguments.key(1)) ? 1 : 0)
        }
        var removed = 0
        var first = 1
        while first < arguments.count {
            let group = context.prefetchKeys(of: arguments, from: first, step: 1)
            for index in first..<group.end where context.keyspace.remove(group.key(arguments, index)) { removed += 1 }
            first = group.end
        }
        reply.integer(removed)
    }
}
