// ZINTER numkeys key … [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX | COUNT] [WITHSCORES]

enum ZINTER: Command {
    static let declaration = Declaration(
        "zinter", .sortedSet, since: "6.2.0",
        complexity:
            "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of "
            + "input sorted sets and M being the number of elements in the resulting sorted set.",
        summary: "Returns the intersect of multiple sorted sets.",
        flags: [.readOnly],
        grammar: [.integer("numkeys"), .key("key", .read).repeated] + .scoring + [.token(ScoredOption.withScores)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var request = try ScoredOperands(arguments, countAt: 1, &context, "zinter")
        let withScores = try request.readOptions(arguments)
        reply.members(ofResult: request.intersection(), withScores: withScores)
    }
}
