// ZSCORE key member

enum ZSCORE: Command {
    static let declaration = Declaration(
        "zscore", .sortedSet, since: "1.2.0", complexity: "O(1)",
        summary: "Returns the score of a member in a sorted set.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read), .string("member")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let set = try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self),
            let score = set.score(of: arguments[2])
        else { return reply.null() }
        reply.double(score)
    }
}
