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

    enum Option: UInt8, CommandOption { case byScore, byLex, rev, limit, withScores }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try RangeRequest(arguments, key: 1, basis: nil, backwards: nil)
        guard let set = try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self) else {
            return reply.array(0)
        }
        reply.members(of: set, in: try request.ranks(of: set, arguments), request)
    }
}
