// ZUNION numkeys key … [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX | COUNT] [WITHSCORES]

enum ZUNION: Command {
    static let declaration = Declaration(
        "zunion", .sortedSet, since: "6.2.0",
        complexity:
            "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the "
            + "number of elements in the resulting sorted set.",
        summary: "Returns the union of multiple sorted sets.",
        flags: [.readOnly],
        grammar: [.integer("numkeys"), .key("key", .read).repeated] + .scoring + [.token(ScoredOption.withScores)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var request = try ScoredOperands(arguments, countAt: 1, &context, "zunion")
        let withScores = try request.readOptions(arguments)
        reply.members(ofResult: request.union(), withScores: withScores)
    }
}
