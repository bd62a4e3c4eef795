// ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]

enum ZRANGE: Command {
    static let declaration = Declaration(
        "zrange", .sortedSet, since: "1.2.0",
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "returned.",
        summary: "Returns members in a sorted set within a range of indexes.",
        flags: [.readOnly], history: [.init("6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.")],
        grammar: [
            .key("key", .read), .string("start"), .string("stop"),
            .oneOf("sortby", [.token(Option.byScore), .token(Option.byLex)]).since("6.2.0"),
            .token(Option.rev).since("6.2.0"),
            .token(Option.limit, .integer("offset"), .integer("count")).since("6.2.0"), .token(Option.withScores),
        ])

    enum Option: Int, CommandOption { case byScore, byLex, rev, limit, withScores }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try RangeRequest(arguments, key: 1, basis: nil, backwards: nil)
        try context.members(request, arguments, &reply)
    }
}
