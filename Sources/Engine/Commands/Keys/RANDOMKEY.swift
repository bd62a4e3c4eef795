// RANDOMKEY

enum RANDOMKEY: Command {
    static let declaration = Declaration(
        "randomkey", .generic, since: "1.0.0", complexity: "O(1)",
        summary: "Returns a random key name from the database.",
        flags: [.readOnly], categories: [.keyspace],
        tips: ["request_policy:all_shards", "response_policy:special", "nondeterministic_output"])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if let key = context.keyspace.randomKey() { reply.bulk(key) } else { reply.null() }
    }
}
