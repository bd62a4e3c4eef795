// LINSERT key <BEFORE | AFTER> pivot element

enum LINSERT: Command {
    static let declaration = Declaration(
        "linsert", .list, since: "2.2.0",
        complexity:
            "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that "
            + "inserting somewhere on the left end on the list (head) can be considered O(1) and inserting "
            + "somewhere on the right end (tail) is O(N).",
        summary: "Inserts an element before or after another element in a list.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [
            .key("key", .insert), .oneOf("where", [.word("BEFORE"), .word("AFTER")]).required, .string("pivot"),
            .string("element"),
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let isAfter = try arguments.isSecond(2, of: "before", "after")
        var length = 0
        try context.keyspace.update(arguments.key(1), as: ListValue.self, ifMissing: .leave, event: .linsert) { list in
            // As in Redis, the list takes the form that it would need, even if the pivot turns out to be missing.
            list.prepare(forSize: arguments[4].count, count: 1)
            guard let index = list.firstIndex(of: arguments[3]) else {
                length = -1
                return 0
            }
            list.insert(arguments[4], beside: index, after: isAfter)
            length = list.count
            return 1
        }
        reply.integer(length)
    }
}
