// ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]

enum ZRANGEBYSCORE: Command {
    static let declaration = Declaration(
        "zrangebyscore", .sortedSet, since: "1.0.5",
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you "
            + "can consider it O(log(N)).",
        summary: "Returns members in a sorted set within a range of scores.",
        flags: [.readOnly], history: [.init("2.0.0", "Added the `WITHSCORES` modifier.")],
        deprecated: .init(version: "6.2.0", replacement: "`ZRANGE` with the `BYSCORE` argument"),
        grammar: [
            .key("key", .read), .double("min"), .double("max"), .token(Option.withScores).since("2.0.0"),
            .token(Option.limit, .integer("offset"), .integer("count")),
        ])

    enum Option: Int, CommandOption { case withScores, limit }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try RangeRequest(arguments, key: 1, basis: .score, backwards: false)
        try context.members(request, arguments, &reply)
    }
}
