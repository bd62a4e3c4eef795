// SMISMEMBER key member …

enum SMISMEMBER: Command {
    static let declaration = Declaration(
        "smismember", .set, since: "6.2.0",
        complexity: "O(N) where N is the number of elements being checked for membership",
        summary: "Determines whether multiple members belong to a set.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read), .string("member").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let set = try context.keyspace.value(at: arguments.key(1), as: SetValue.self)
        reply.array(arguments.count - 2)
        for index in 2..<arguments.count { reply.integer(set?.contains(arguments[index]) == true ? 1 : 0) }
    }
}
