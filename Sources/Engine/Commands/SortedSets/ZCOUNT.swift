// ZCOUNT key min max

enum ZCOUNT: Command {
    static let declaration = Declaration(
        "zcount", .sortedSet, since: "2.0.0",
        complexity: "O(log(N)) with N being the number of elements in the sorted set.",
        summary: "Returns the count of members in a sorted set that have scores within a range.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read), .double("min"), .double("max")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let range = try arguments.scoreRange(2, 3)
        reply.integer(
            try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self)?.ranks(in: range).count ?? 0)
    }
}
