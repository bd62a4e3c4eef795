// ZREVRANGE key start stop [WITHSCORES]

enum ZREVRANGE: Command {
    static let declaration = Declaration(
        "zrevrange", .sortedSet, since: "1.2.0",
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "returned.",
        summary: "Returns members in a sorted set within a range of indexes in reverse order.",
        flags: [.readOnly], deprecated: .init(version: "6.2.0", replacement: "`ZRANGE` with the `REV` argument"),
        grammar: [.key("key", .read), .integer("start"), .integer("stop"), .token(Option.withScores)])

    enum Option: Int, CommandOption { case withScores }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try RangeRequest(arguments, key: 1, basis: .rank, backwards: true)
        try context.members(request, arguments, &reply)
    }
}
