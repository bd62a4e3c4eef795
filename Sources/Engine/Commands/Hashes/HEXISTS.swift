// HEXISTS key field

enum HEXISTS: Command {
    static let declaration = Declaration(
        "hexists", .hash, since: "2.0.0", complexity: "O(1)",
        summary: "Determines whether a field exists in a hash.",
        flags: [.readOnly, .fast], grammar: [.key("key", .inspect), .string("field")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let hash = try context.keyspace.value(at: arguments.key(1), as: HashValue.self)
        reply.integer(hash?.contains(arguments[2]) == true ? 1 : 0)
    }
}
