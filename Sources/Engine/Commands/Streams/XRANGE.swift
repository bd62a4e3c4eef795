// XRANGE key start end [COUNT count]

enum XRANGE: Command {
    static let declaration = Declaration(
        "xrange", .stream, since: "5.0.0",
        complexity:
            "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for "
            + "the first 10 elements with COUNT), you can consider it O(1).",
        summary: "Returns the messages from a stream within a range of IDs.",
        flags: [.readOnly], history: [.init("6.2.0", "Added exclusive ranges.")],
        grammar: [.key("key", .read), .string("start"), .string("end"), .token(Option.count, .integer("count"))])

    enum Option: Int, CommandOption { case count }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.showRange(arguments, backwards: false, &reply)
    }
}

extension CommandContext {
    /// XRANGE, and XREVRANGE with its bounds the other way round.
    mutating func showRange(
        _ arguments: Arguments, backwards: Bool, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let start = try arguments.rangeStart(backwards ? 3 : 2), end = try arguments.rangeEnd(backwards ? 2 : 3)
        var limit: Int64?, index = 4
        while index < arguments.count {
            guard arguments.isWord(index, "count"), index + 1 < arguments.count else { throw .syntax }
            limit = max(0, try arguments.integer(index + 1))
            index += 2
        }
        guard let stream = try keyspace.value(at: arguments.key(1), as: StreamValue.self) else {
            return reply.array(0)
        }
        if limit == 0 { return reply.nullArray() }
        guard start <= end else { return reply.array(0) }
        var cursor = stream.cursor(from: start, through: end, backwards: backwards)
        reply.entries(&cursor, limit: limit ?? 0)
    }
}
