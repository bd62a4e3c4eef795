// LMPOP numkeys key … <LEFT | RIGHT> [COUNT count]

enum LMPOP: Command {
    static let declaration = Declaration(
        "lmpop", .list, since: "7.0.0",
        complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        summary:
            "Returns multiple elements from a list after removing them. Deletes the list if the last element "
            + "was popped.",
        flags: [.write], propagates: .rewritten,
        grammar: .multiplePop("LEFT", "RIGHT"))

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let pop = try arguments.multiplePop(1, "left", "right")
        if try !context.popFirst(of: arguments, pop, &reply) { reply.nullArray() }
    }
}
