// BLMPOP timeout numkeys key … <LEFT | RIGHT> [COUNT count]

enum BLMPOP: Command {
    static let declaration = Declaration(
        "blmpop", .list, since: "7.0.0",
        complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        summary:
            "Pops the first element from one of multiple lists. Blocks until an element is available "
            + "otherwise. Deletes the list if the last element was popped.",
        flags: [.write, .blocking], propagates: .rewritten,
        grammar: [.double("timeout")] + .multiplePop("LEFT", "RIGHT"))

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let pop = try arguments.multiplePop(2, "left", "right")
        let deadline = try arguments.waitDeadline(1, from: context.now)
        if try context.popFirst(of: arguments, pop, &reply) { return }
        context.wait(for: pop.keys, of: arguments, kind: .list, until: deadline, &reply)
    }
}
