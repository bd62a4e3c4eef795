// ZINTERSTORE destination numkeys key … [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX | COUNT]

enum ZINTERSTORE: Command {
    static let declaration = Declaration(
        "zinterstore", .sortedSet, since: "2.0.0",
        complexity:
            "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of "
            + "input sorted sets and M being the number of elements in the resulting sorted set.",
        summary: "Stores the intersect of multiple sorted sets in a key.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.key("destination", .overwrite), .integer("numkeys"), .key("key", .read).repeated] + .scoring)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var request = try ScoredOperands(arguments, countAt: 2, &context, "zinterstore")
        _ = try request.readOptions(arguments)
        context.store(request.intersection(), at: arguments.key(1), event: .zinterstore, &reply)
    }
}
