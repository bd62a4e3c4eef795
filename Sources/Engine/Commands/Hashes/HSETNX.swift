// HSETNX key field value

enum HSETNX: Command {
    static let declaration = Declaration(
        "hsetnx", .hash, since: "2.0.0", complexity: "O(1)",
        summary: "Sets the value of a field in a hash only when the field doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        grammar: [.key("key", .insert), .string("field"), .string("value")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        context.removeDueFields(arguments, 2..<3)
        let changes = try context.keyspace.update(
            arguments.key(1), as: HashValue.self, ifMissing: .create, event: .hset
        ) { (hash) throws(CommandError) in
            if hash.contains(arguments[2]) { return 0 }
            hash.set(arguments[2], to: arguments[3])
            return 1
        }
        if changes == 1 { context.nameFields(arguments, 2..<3, of: .hset) }
        reply.integer(changes ?? 0)
    }
}
