// ZREMRANGEBYLEX key min max

enum ZREMRANGEBYLEX: Command {
    static let declaration = Declaration(
        "zremrangebylex", .sortedSet, since: "2.8.9",
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "removed by the operation.",
        summary:
            "Removes members in a sorted set within a lexicographical range. Deletes the sorted set if all "
            + "members were removed.",
        flags: [.write], propagates: .verbatim, grammar: [.key("key", .delete), .string("min"), .string("max")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let range = try arguments.memberRange(2, 3)
        try context.removeMembers(of: arguments, event: .zremrangebylex, &reply) {
            $0.ranks(in: range)
        }
    }
}
