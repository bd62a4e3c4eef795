// SPUBLISH shardchannel message

enum SPUBLISH: Command {
    static let declaration = Declaration(
        "spublish", .pubsub, since: "7.0.0",
        complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
        summary: "Post a message to a shard channel",
        flags: [.pubSub, .loading, .stale, .fast, .mayReplicate],
        grammar: [.string("shardchannel").placedLikeAKey, .string("message")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(context.publish(arguments[2], toShard: arguments[1]))
        context.keyspace.feed.tellReplicas(arguments)
    }
}
