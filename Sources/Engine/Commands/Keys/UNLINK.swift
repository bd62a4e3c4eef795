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
        context.removeKeys(arguments, &reply)
    }
}
