// ZDIFFSTORE destination numkeys key …

enum ZDIFFSTORE: Command {
    static let declaration = Declaration(
        "zdiffstore", .sortedSet, since: "6.2.0",
        complexity:
            "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the "
            + "size of the first set, and K is the size of the result set.",
        summary: "Stores the difference of multiple sorted sets in a key.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.key("destination", .overwrite), .integer("numkeys"), .key("key", .read).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try ScoredOperands(arguments, countAt: 2, &context, "zdiffstore")
        guard request.end == arguments.count else { throw .syntax }
        context.store(request.difference(), at: arguments.key(1), event: .zdiffstore, &reply)
    }
}
