// GETRANGE key start end

enum GETRANGE: Command {
    static let declaration = Declaration(
        "getrange", .string, since: "2.4.0",
        complexity:
            "O(N) where N is the length of the returned string. The complexity is ultimately determined by the "
            + "returned length, but because creating a substring from an existing string is very cheap, it can "
            + "be considered O(1) for small strings.",
        summary: "Returns a substring of the string stored at a key.",
        flags: [.readOnly], grammar: [.key("key", .read), .integer("start"), .integer("end")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let start = try arguments.integer(2), end = try arguments.integer(3)
        guard let value = try context.keyspace.string(at: arguments.key(1)) else { return reply.bulk("") }
        value.withBytes { text in
            guard let range = IndexRange(start, end, count: text.count) else { return reply.bulk("") }
            reply.bulk(text.dropping(first: range.first).prefix(range.count))
        }
    }
}
