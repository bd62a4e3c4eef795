// SISMEMBER key member

enum SISMEMBER: Command {
    static let declaration = Declaration(
        "sismember", .set, since: "1.0.0", complexity: "O(1)",
        summary: "Determines whether a member belongs to a set.",
        flags: [.readOnly, .fast], grammar: [.key("key", .inspect), .string("member")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let set = try context.keyspace.value(at: arguments.key(1), as: SetValue.self)
        reply.integer(set?.contains(arguments[2]) == true ? 1 : 0)
    }
}
