// LMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT | EXACTLY> count <OBO | BULK>]

enum LMOVEM: Command {
    static let declaration = Declaration(
        "lmovem", .list, since: "8.10.0", complexity: "O(N) where N is the number of elements moved.",
        summary:
            "Pops elements from one list and pushes them to another, one by one or as a block. "
            + "Deletes the list if the last element was moved.",
        flags: [.write, .denyOOM], propagates: .rewritten,
        grammar: [
            .key("source", .readAndDelete), .key("destination", .insert),
            .oneOf("wherefrom", [.word("LEFT"), .word("RIGHT")]).required,
            .oneOf("whereto", [.word("LEFT"), .word("RIGHT")]).required, BulkMove.grammar,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let move = try BulkMove(arguments, more: 5)
        let isMoved = try context.move(move, from: arguments.key(1), to: arguments.key(2), &reply)
        if !isMoved { reply.nullArray() }
    }
}
