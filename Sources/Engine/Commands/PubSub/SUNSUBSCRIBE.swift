// SUNSUBSCRIBE [shardchannel …]

enum SUNSUBSCRIBE: Command {
    static let declaration = Declaration(
        "sunsubscribe", .pubsub, since: "7.0.0",
        complexity: "O(N) where N is the number of shard channels to unsubscribe.",
        summary: "Stops listening to messages posted to shard channels.",
        flags: [.pubSub, .whileSubscribed, .noScript, .loading, .stale],
        grammar: [.string("shardchannel").placedLikeAKey.optional.repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        context.unsubscribe(.shardChannel, arguments, &reply)
    }
}
