// BZMPOP timeout numkeys key … <MIN | MAX> [COUNT count]

enum BZMPOP: Command {
    static let declaration = Declaration(
        "bzmpop", .sortedSet, since: "7.0.0",
        complexity:
            "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the "
            + "sorted set, and M being the number of elements popped.",
        summary:
            "Removes and returns a member by score from one or more sorted sets. Blocks until a member is "
            + "available otherwise. Deletes the sorted set if the last element was popped.",
        flags: [.write, .blocking], propagates: .rewritten,
        grammar: [.double("timeout")] + .multiplePop("MIN", "MAX"))

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let pop = try arguments.multiplePop(2, "min", "max")
        let deadline = try arguments.waitDeadline(1, from: context.now)
        if try context.popFirstScores(of: arguments, pop, &reply) { return }
        context.wait(for: pop.keys, of: arguments, kind: .sortedSet, until: deadline, &reply)
    }
}
