// SREM key member …

enum SREM: Command {
    static let declaration = Declaration(
        "srem", .set, since: "1.0.0", complexity: "O(N) where N is the number of members to be removed.",
        summary: "Removes one or more members from a set. Deletes the set if the last member was removed.",
        flags: [.write, .fast], propagates: .verbatim,
        history: [.init("2.4.0", "Accepts multiple `member` arguments.")],
        grammar: [.key("key", .delete), .string("member").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let removed = try context.keyspace.update(
            arguments.key(1), as: SetValue.self, ifMissing: .leave, event: .srem
        ) { (set) throws(CommandError) in
            var removed = 0
            for index in 2..<arguments.count where set.remove(arguments[index]) { removed &+= 1 }
            return removed
        }
        reply.integer(removed ?? 0)
    }
}
