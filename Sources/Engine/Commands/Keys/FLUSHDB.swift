// FLUSHDB [ASYNC | SYNC]

enum FLUSHDB: Command {
    static let declaration = Declaration(
        "flushdb", .server, since: "1.0.0", complexity: "O(N) where N is the number of keys in the selected database",
        summary: "Remove all keys from the current database.",
        flags: [.write], categories: [.dangerous, .keyspace],
        tips: ["request_policy:all_shards", "response_policy:all_succeeded"], propagates: .rewritten,
        history: FlushMode.history, grammar: [FlushMode.grammar])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try FlushMode.check(arguments)
        context.keyspace.flush()
        // Empty databases are flushed elsewhere all the same.
        context.propagate(arguments)
        reply.ok()
    }
}
