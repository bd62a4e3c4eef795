// ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]

enum ZREVRANGEBYSCORE: Command {
    static let declaration = Declaration(
        "zrevrangebyscore", .sortedSet, since: "2.2.0",
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you "
            + "can consider it O(log(N)).",
        summary: "Returns members in a sorted set within a range of scores in reverse order.",
        flags: [.readOnly], history: [.init("2.1.6", "`min` and `max` can be exclusive.")],
        deprecated: .init(version: "6.2.0", replacement: "`ZRANGE` with the `REV` and `BYSCORE` arguments"),
        grammar: [
            .key("key", .read), .double("max"), .double("min"), .token(Option.withScores),
            .token(Option.limit, .integer("offset"), .integer("count")),
        ])

    enum Option: Int, CommandOption { case withScores, limit }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try RangeRequest(arguments, key: 1, basis: .score, backwards: true)
        try context.members(request, arguments, &reply)
    }
}
