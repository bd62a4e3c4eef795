// DBSIZE

enum DBSIZE: Command {
    static let declaration = Declaration(
        "dbsize", .server, since: "1.0.0", complexity: "O(1)",
        summary: "Returns the number of keys in the database.",
        flags: [.readOnly, .fast], categories: [.keyspace],
        tips: ["request_policy:all_shards", "response_policy:agg_sum"])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(context.keyspace.count)
    }
}
