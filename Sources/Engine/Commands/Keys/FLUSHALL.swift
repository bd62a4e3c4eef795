// FLUSHALL [ASYNC | SYNC]

enum FLUSHALL: Command {
    static let declaration = Declaration(
        "flushall", .server, since: "1.0.0", complexity: "O(N) where N is the total number of keys in all databases",
        summary: "Removes all keys from all databases.",
        flags: [.write], categories: [.dangerous, .keyspace],
        tips: ["request_policy:all_shards", "response_policy:all_succeeded"], propagates: .rewritten,
        history: FlushMode.history, grammar: [FlushMode.grammar])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try FlushMode.check(arguments)
        context.keyspace.flushAll()
        // Empty databases are flushed elsewhere all the same.
        context.propagate(arguments)
        context.saveEmptied()
        reply.ok()
    }
}
