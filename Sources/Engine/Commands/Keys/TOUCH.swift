// TOUCH key …

enum TOUCH: Command {
    static let declaration = Declaration(
        "touch", .generic, since: "3.2.1", complexity: "O(N) where N is the number of keys that will be touched.",
        summary:
            "Returns the number of existing keys out of those specified after updating the time they were last "
            + "accessed.",
        flags: [.readOnly, .fast], categories: [.keyspace],
        tips: ["request_policy:multi_shard", "response_policy:agg_sum"], grammar: [.key("key", .inspect).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var count = 0
        var first = 1
        while first < arguments.count {
            let group = context.prefetchKeys(of: arguments, from: first, step: 1)
            for index in first..<group.end where context.keyspace.touch(group.key(arguments, index)) { count += 1 }
            first = group.end
        }
        reply.integer(count)
    }
}
