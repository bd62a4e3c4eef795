// ZCARD key

enum ZCARD: Command {
    static let declaration = Declaration(
        "zcard", .sortedSet, since: "1.2.0", complexity: "O(1)",
        summary: "Returns the number of members in a sorted set.",
        flags: [.readOnly, .fast], grammar: [.key("key", .inspect)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self)?.count ?? 0)
    }
}
