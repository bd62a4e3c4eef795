// ZREM key member …

enum ZREM: Command {
    static let declaration = Declaration(
        "zrem", .sortedSet, since: "1.2.0",
        complexity:
            "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to "
            + "be removed.",
        summary: "Removes one or more members from a sorted set. Deletes the sorted set if all members were removed.",
        flags: [.write, .fast], propagates: .verbatim, history: [.init("2.4.0", "Accepts multiple elements.")],
        grammar: [.key("key", .delete), .string("member").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let removed = try context.keyspace.update(
            arguments.key(1), as: SortedSetValue.self, ifMissing: .leave, event: .zrem
        ) { set in
            var removed = 0
            for index in 2..<arguments.count where set.remove(arguments[index]) { removed &+= 1 }
            return removed
        }
        reply.integer(removed ?? 0)
    }
}
