// PUNSUBSCRIBE [pattern …]

enum PUNSUBSCRIBE: Command {
    static let declaration = Declaration(
        "punsubscribe", .pubsub, since: "2.0.0", complexity: "O(N) where N is the number of patterns to unsubscribe.",
        summary: "Stops listening to messages published to channels that match one or more patterns.",
        flags: [.pubSub, .whileSubscribed, .noScript, .loading, .stale],
        grammar: [.pattern("pattern").optional.repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        context.unsubscribe(.pattern, arguments, &reply)
    }
}
