// ZREMRANGEBYSCORE key min max

enum ZREMRANGEBYSCORE: Command {
    static let declaration = Declaration(
        "zremrangebyscore", .sortedSet, since: "1.2.0",
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "removed by the operation.",
        summary:
            "Removes members in a sorted set within a range of scores. Deletes the sorted set if all members "
            + "were removed.",
        flags: [.write], propagates: .verbatim, grammar: [.key("key", .delete), .double("min"), .double("max")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let range = try arguments.scoreRange(2, 3)
        try context.removeMembers(of: arguments, event: .zremrangebyscore, &reply) {
            $0.ranks(in: range)
        }
    }
}
