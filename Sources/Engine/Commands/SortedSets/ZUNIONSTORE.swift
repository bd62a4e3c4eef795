// ZUNIONSTORE destination numkeys key … [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX | COUNT]

enum ZUNIONSTORE: Command {
    static let declaration = Declaration(
        "zunionstore", .sortedSet, since: "2.0.0",
        complexity:
            "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the "
            + "number of elements in the resulting sorted set.",
        summary: "Stores the union of multiple sorted sets in a key.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.key("destination", .overwrite), .integer("numkeys"), .key("key", .read).repeated] + .scoring)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var request = try ScoredOperands(arguments, countAt: 2, &context, "zunionstore")
        _ = try request.readOptions(arguments)
        context.store(request.union(), at: arguments.key(1), event: .zunionstore, &reply)
    }
}
