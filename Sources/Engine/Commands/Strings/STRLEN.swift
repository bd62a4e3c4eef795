// STRLEN key

enum STRLEN: Command {
    static let declaration = Declaration(
        "strlen", .string, since: "2.2.0", complexity: "O(1)",
        summary: "Returns the length of a string value.",
        flags: [.readOnly, .fast], grammar: [.key("key", .inspect)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(try context.keyspace.string(at: arguments.key(1))?.textCount ?? 0)
    }
}
