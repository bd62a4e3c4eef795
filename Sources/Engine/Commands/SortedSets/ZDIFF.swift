// ZDIFF numkeys key … [WITHSCORES]

enum ZDIFF: Command {
    static let declaration = Declaration(
        "zdiff", .sortedSet, since: "6.2.0",
        complexity:
            "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the "
            + "size of the first set, and K is the size of the result set.",
        summary: "Returns the difference between multiple sorted sets.",
        flags: [.readOnly],
        grammar: [.integer("numkeys"), .key("key", .read).repeated, .token(ScoredOption.withScores)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var request = try ScoredOperands(arguments, countAt: 1, &context, "zdiff")
        let withScores = try request.readOptions(arguments)
        reply.members(ofResult: request.difference(), withScores: withScores)
    }
}
