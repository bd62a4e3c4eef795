// LREM key count element

enum LREM: Command {
    static let declaration = Declaration(
        "lrem", .list, since: "1.0.0",
        complexity: "O(N+M) where N is the length of the list and M is the number of elements removed.",
        summary: "Removes elements from a list. Deletes the list if the last element was removed.",
        flags: [.write], propagates: .verbatim,
        grammar: [.key("key", .delete), .integer("count"), .string("element")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let count = try arguments.integer(2)
        let limit = count == 0 ? Int.max : Int(clamping: count.magnitude)
        let removed = try context.keyspace.update(
            arguments.key(1), as: ListValue.self, ifMissing: .leave, event: .lrem
        ) { list in
            let removed = list.removeMatches(of: arguments[3], backwards: count < 0, limit: limit)
            if removed > 0 { list.becomeSmallIfPossible() }
            return removed
        }
        reply.integer(removed ?? 0)
    }
}
