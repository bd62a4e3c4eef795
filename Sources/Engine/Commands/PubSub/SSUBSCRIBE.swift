// SSUBSCRIBE shardchannel …

enum SSUBSCRIBE: Command {
    static let declaration = Declaration(
        "ssubscribe", .pubsub, since: "7.0.0",
        complexity: "O(N) where N is the number of shard channels to subscribe to.",
        summary: "Listens for messages published to shard channels.",
        flags: [.pubSub, .whileSubscribed, .noScript, .loading, .stale],
        grammar: [.string("shardchannel").placedLikeAKey.repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // Within EXEC every command owes one reply.
        if context.isExecutingTransaction {
            throw .because("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
        }
        context.subscribe(.shardChannel, arguments, &reply)
    }
}
