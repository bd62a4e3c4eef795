// SINTERSTORE destination key …

enum SINTERSTORE: Command {
    static let declaration = Declaration(
        "sinterstore", .set, since: "1.0.0",
        complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
        summary: "Stores the intersect of multiple sets in a key.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.key("destination", .update), .key("key", .read).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let result = try context.sets(at: 2..<arguments.count, of: arguments).intersection()
        context.store(result, at: arguments.key(1), event: .sinterstore, &reply)
    }
}
