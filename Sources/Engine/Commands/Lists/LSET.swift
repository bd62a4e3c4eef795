// LSET key index element

enum LSET: Command {
    static let declaration = Declaration(
        "lset", .list, since: "1.0.0",
        complexity:
            "O(N) where N is the length of the list. Setting either the first or the last element of the list "
            + "is O(1).",
        summary: "Sets the value of an element in a list by its index.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.key("key", .update), .integer("index"), .string("element")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let replaced = try context.keyspace.update(
            arguments.key(1), as: ListValue.self, ifMissing: .leave, event: .lset
        ) { list throws(CommandError) in
            // Redis keeps 32 bits of the index here, and only here.
            let given = Int(Int32(truncatingIfNeeded: try arguments.integer(2)))
            let index = given < 0 ? given &+ list.count : given
            list.prepare(forSize: arguments[3].count, count: 1)
            guard index >= 0, index < list.count else { throw .indexOutOfRange }
            list.set(index, to: arguments[3])
            list.becomeSmallIfPossible()
            return 1
        }
        if replaced == nil { throw .noSuchKey }
        reply.ok()
    }
}
