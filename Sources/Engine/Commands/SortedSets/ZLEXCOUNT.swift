// ZLEXCOUNT key min max

enum ZLEXCOUNT: Command {
    static let declaration = Declaration(
        "zlexcount", .sortedSet, since: "2.8.9",
        complexity: "O(log(N)) with N being the number of elements in the sorted set.",
        summary: "Returns the number of members in a sorted set within a lexicographical range.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read), .string("min"), .string("max")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let range = try arguments.memberRange(2, 3)
        reply.integer(
            try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self)?.ranks(in: range).count ?? 0)
    }
}
