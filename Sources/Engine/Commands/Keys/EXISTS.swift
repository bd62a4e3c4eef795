// EXISTS key …

enum EXISTS: Command {
    static let declaration = Declaration(
        "exists", .generic, since: "1.0.0", complexity: "O(N) where N is the number of keys to check.",
        summary: "Determines whether one or more keys exist.",
        flags: [.readOnly, .fast], categories: [.keyspace],
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
        history: [.init("3.0.3", "Accepts multiple `key` arguments.")], grammar: [.key("key", .inspect).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if _fastPath(arguments.count == 2) {
            return reply.integer(context.keyspace.exists(arguments.key(1)) ? 1 : 0)
        }
        var count = 0
        var first = 1
        while first < arguments.count {
            let group = context.prefetchKeys(of: arguments, from: first, step: 1)
            for index in first..<group.end where context.keyspace.exists(group.key(arguments, index)) { count += 1 }
            first = group.end
        }
        reply.integer(count)
    }
}
