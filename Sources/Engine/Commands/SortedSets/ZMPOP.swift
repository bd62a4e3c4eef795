// ZMPOP numkeys key … <MIN | MAX> [COUNT count]

enum ZMPOP: Command {
    static let declaration = Declaration(
        "zmpop", .sortedSet, since: "7.0.0",
        complexity:
            "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the "
            + "sorted set, and M being the number of elements popped.",
        summary:
            "Returns the highest- or lowest-scoring members from one or more sorted sets after removing them. "
            + "Deletes the sorted set if the last member was popped.",
        flags: [.write], propagates: .rewritten,
        grammar: .multiplePop("MIN", "MAX"))

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let pop = try arguments.multiplePop(1, "min", "max")
        if try !context.popFirstScores(of: arguments, pop, &reply) { reply.nullArray() }
    }
}
