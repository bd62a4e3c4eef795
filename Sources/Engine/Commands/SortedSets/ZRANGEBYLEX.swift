// ZRANGEBYLEX key min max [LIMIT offset count]

enum ZRANGEBYLEX: Command {
    static let declaration = Declaration(
        "zrangebylex", .sortedSet, since: "2.8.9",
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you "
            + "can consider it O(log(N)).",
        summary: "Returns members in a sorted set within a lexicographical range.",
        flags: [.readOnly], deprecated: .init(version: "6.2.0", replacement: "`ZRANGE` with the `BYLEX` argument"),
        grammar: [
            .key("key", .read), .string("min"), .string("max"),
            .token(Option.limit, .integer("offset"), .integer("count")),
        ])

    enum Option: Int, CommandOption { case limit }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try RangeRequest(arguments, key: 1, basis: .member, backwards: false)
        try context.members(request, arguments, &reply)
    }
}
