// PSUBSCRIBE pattern …

enum PSUBSCRIBE: Command {
    static let declaration = Declaration(
        "psubscribe", .pubsub, since: "2.0.0", complexity: "O(N) where N is the number of patterns to subscribe to.",
        summary: "Listens for messages published to channels that match one or more patterns.",
        flags: [.pubSub, .whileSubscribed, .noScript, .loading, .stale], grammar: [.pattern("pattern").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        context.subscribe(.pattern, arguments, &reply)
    }
}
