// SCARD key

enum SCARD: Command {
    static let declaration = Declaration(
        "scard", .set, since: "1.0.0", complexity: "O(1)",
        summary: "Returns the number of members in a set.",
        flags: [.readOnly, .fast], grammar: [.key("key", .inspect)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(try context.keyspace.value(at: arguments.key(1), as: SetValue.self)?.count ?? 0)
    }
}
