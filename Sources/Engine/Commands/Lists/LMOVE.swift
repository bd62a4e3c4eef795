// LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>

enum LMOVE: Command {
    static let declaration = Declaration(
        "lmove", .list, since: "6.2.0", complexity: "O(1)",
        summary:
            "Returns an element after popping it from one list and pushing it to another. Deletes the list if "
            + "the last element was moved.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [
            .key("source", .readAndDelete), .key("destination", .insert),
            .oneOf("wherefrom", [.word("LEFT"), .word("RIGHT")]).required,
            .oneOf("whereto", [.word("LEFT"), .word("RIGHT")]).required,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let source = try arguments.isSecond(3, of: "left", "right") ? ListValue.End.tail : .head
        let destination = try arguments.isSecond(4, of: "left", "right") ? ListValue.End.tail : .head
        try context.move(from: arguments.key(1), source, to: arguments.key(2), destination, &reply)
    }
}
