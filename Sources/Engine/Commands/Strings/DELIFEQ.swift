// DELIFEQ key value

enum DELIFEQ: Command {
    static let declaration = Declaration(
        "delifeq", .string, since: "9.0.0", complexity: "O(1)",
        summary: "Delete key if value matches string.",
        flags: [.write, .fast], propagates: .rewritten, grammar: [.key("key", .remove), .string("value")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        guard try context.meets(.equals, key, arguments[2]) == true else { return reply.integer(0) }
        reply.integer(context.removeAsCondition(key) ? 1 : 0)
    }
}
