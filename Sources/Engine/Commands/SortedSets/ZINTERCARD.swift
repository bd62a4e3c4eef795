// ZINTERCARD numkeys key … [LIMIT limit]

enum ZINTERCARD: Command {
    static let declaration = Declaration(
        "zintercard", .sortedSet, since: "7.0.0",
        complexity:
            "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted "
            + "sets.",
        summary: "Returns the number of members of the intersect of multiple sorted sets.",
        flags: [.readOnly],
        grammar: [.integer("numkeys"), .key("key", .read).repeated, .token(Option.limit, .integer("limit"))])

    enum Option: Int, CommandOption { case limit }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try ScoredOperands(arguments, countAt: 1, &context, "zintercard")
        var limit = 0
        for index in stride(from: request.end, to: arguments.count, by: 2) {
            guard arguments.option(Option.self, at: index) != nil, index + 1 < arguments.count else { throw .syntax }
            limit = try arguments.count(index + 1, else: .because("ERR LIMIT can't be negative"))
        }
        var found = 0
        request.forEachInAll { _, _ in
            found += 1
            return found != limit
        }
        reply.integer(found)
    }
}
