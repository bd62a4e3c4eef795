// FLUSHALL [ASYNC | SYNC]

enum FLUSHALL: Command {
    static let declaration = Declaration(
        "flushall", .server, since: "1.0.0", complexity: "O(N) where N is the total number of keys in all databases",
        summary: "Removes all keys from all databases.",
        flags: [.write], categories: [.dangerous, .keyspace],
        tips: ["request_policy:all_shards", "response_policy:all_succeeded"], propagates: .verbatim,
        history: [
            .init("4.0.0", "Added the `ASYNC` flushing mode modifier."),
            .init("6.2.0", "Added the `SYNC` flushing mode modifier."),
        ],
        grammar: [.oneOf("flush-type", [.token(Option.async).since("4.0.0"), .token(Option.sync).since("6.2.0")])])

    enum Option: UInt8, CommandOption { case async, sync }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // Either way the keys are gone at once, and their memory follows.
        guard arguments.count <= 2 else { throw .syntax }
        _ = try arguments.options(Option.self)
        context.keyspace.flushAll()
        reply.ok()
    }
}
