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
        var count = 0
        for index in 1..<arguments.count where context.keyspace.exists(arguments.key(index)) { count += 1 }
        reply.integer(count)
    }
}
