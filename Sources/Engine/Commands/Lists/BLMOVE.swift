// BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout

enum BLMOVE: Command {
    static let declaration = Declaration(
        "blmove", .list, since: "6.2.0", complexity: "O(1)",
        summary:
            "Pops an element from a list, pushes it to another list and returns it. Blocks until an element is "
            + "available otherwise. Deletes the list if the last element was moved.",
        flags: [.write, .denyOOM, .blocking], propagates: .rewritten,
        grammar: [
            .key("source", .readAndDelete), .key("destination", .insert),
            .oneOf("wherefrom", [.word("LEFT"), .word("RIGHT")]).required,
            .oneOf("whereto", [.word("LEFT"), .word("RIGHT")]).required, .double("timeout"),
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let source = try arguments.isSecond(3, of: "left", "right") ? ListValue.End.tail : .head
        let destination = try arguments.isSecond(4, of: "left", "right") ? ListValue.End.tail : .head
        try context.moveWaiting(arguments, source, destination, timeout: 5, &reply)
    }
}
