// ZREMRANGEBYRANK key start stop

enum ZREMRANGEBYRANK: Command {
    static let declaration = Declaration(
        "zremrangebyrank", .sortedSet, since: "2.0.0",
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "removed by the operation.",
        summary:
            "Removes members in a sorted set within a range of indexes. Deletes the sorted set if all members "
            + "were removed.",
        flags: [.write], propagates: .verbatim,
        grammar: [.key("key", .delete), .integer("start"), .integer("stop")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let start = Int(try arguments.integer(2)), stop = Int(try arguments.integer(3))
        try context.removeMembers(of: arguments, event: .zremrangebyrank, &reply) {
            Range(clamping: start, through: stop, in: $0.count)
        }
    }
}
