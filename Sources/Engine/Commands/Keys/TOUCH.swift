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
        for index in 1..<arguments.count where context.keyspace.touch(arguments.key(index)) { count += 1 }
        reply.integer(count)
    }
}
