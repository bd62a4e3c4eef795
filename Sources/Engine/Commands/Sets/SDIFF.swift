// SDIFF key …

enum SDIFF: Command {
    static let declaration = Declaration(
        "sdiff", .set, since: "1.0.0", complexity: "O(N) where N is the total number of elements in all given sets.",
        summary: "Returns the difference of multiple sets.",
        flags: [.readOnly], tips: ["nondeterministic_output_order"], grammar: [.key("key", .read).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var result = try context.sets(at: 1..<arguments.count, of: arguments).difference()
        reply.set(result.count)
        if result.count > context.mostAnsweredAtOnce {
            let value = StoredValue(kind: .set, word: result.word), all = 0..<result.count
            return context.answerGradually(value, all, isOwned: true, of: arguments)
        }
        result.forEach { reply.bulk($0) }
        result.discard()
    }
}
