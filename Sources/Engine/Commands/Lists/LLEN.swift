// LLEN key

enum LLEN: Command {
    static let declaration = Declaration(
        "llen", .list, since: "1.0.0", complexity: "O(1)",
        summary: "Returns the length of a list.",
        flags: [.readOnly, .fast], grammar: [.key("key", .inspect)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(try context.keyspace.value(at: arguments.key(1), as: ListValue.self)?.count ?? 0)
    }
}
