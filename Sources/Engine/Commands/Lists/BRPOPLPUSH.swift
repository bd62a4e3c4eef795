// BRPOPLPUSH source destination timeout

enum BRPOPLPUSH: Command {
    static let declaration = Declaration(
        "brpoplpush", .list, since: "2.2.0", complexity: "O(1)",
        summary:
            "Pops an element from a list, pushes it to another list and returns it. Block until an element is "
            + "available otherwise. Deletes the list if the last element was popped.",
        flags: [.write, .denyOOM, .blocking], propagates: .rewritten,
        history: [.init("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
        deprecated: .init(version: "6.2.0", replacement: "`BLMOVE` with the `RIGHT` and `LEFT` arguments"),
        grammar: [.key("source", .readAndDelete), .key("destination", .insert), .double("timeout")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.moveWaiting(arguments, .tail, .head, timeout: 3, &reply)
    }
}
