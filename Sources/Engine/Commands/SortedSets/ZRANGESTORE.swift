// ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]

enum ZRANGESTORE: Command {
    static let declaration = Declaration(
        "zrangestore", .sortedSet, since: "6.2.0",
        complexity:
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "stored into the destination key.",
        summary: "Stores a range of members from sorted set in a key.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [
            .key("dst", .overwrite), .key("src", .read), .string("min"), .string("max"),
            .oneOf("sortby", [.token(Option.byScore), .token(Option.byLex)]), .token(Option.rev),
            .token(Option.limit, .integer("offset"), .integer("count")),
        ])

    enum Option: Int, CommandOption { case byScore, byLex, rev, limit }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try RangeRequest(arguments, key: 2, storing: true)
        var result = SortedSetValue.empty(in: context.keyspace.heap)
        if let set = try context.keyspace.value(at: arguments.key(2), as: SortedSetValue.self) {
            set.forEach(in: try request.ranks(of: set, arguments)) { member, score in
                member.withBytes { _ = result.add($0, score: score) }
            }
        }
        let count = result.count
        context.keyspace.store(arguments.key(1), result, event: .zrangestore)
        reply.integer(count)
    }
}
