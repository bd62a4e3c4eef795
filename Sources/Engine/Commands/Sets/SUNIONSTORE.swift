// SUNIONSTORE destination key …

enum SUNIONSTORE: Command {
    static let declaration = Declaration(
        "sunionstore", .set, since: "1.0.0",
        complexity: "O(N) where N is the total number of elements in all given sets.",
        summary: "Stores the union of multiple sets in a key.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.key("destination", .overwrite), .key("key", .read).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let result = try context.sets(at: 2..<arguments.count, of: arguments).union()
        context.store(result, at: arguments.key(1), event: .sunionstore, &reply)
    }
}
