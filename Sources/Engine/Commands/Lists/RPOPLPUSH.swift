// RPOPLPUSH source destination

enum RPOPLPUSH: Command {
    static let declaration = Declaration(
        "rpoplpush", .list, since: "1.2.0", complexity: "O(1)",
        summary:
            "Returns the last element of a list after removing and pushing it to another list. Deletes the "
            + "list if the last element was popped.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        deprecated: .init(version: "6.2.0", replacement: "`LMOVE` with the `RIGHT` and `LEFT` arguments"),
        grammar: [.key("source", .readAndDelete), .key("destination", .insert)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.move(from: arguments.key(1), .tail, to: arguments.key(2), .head, &reply)
    }
}
