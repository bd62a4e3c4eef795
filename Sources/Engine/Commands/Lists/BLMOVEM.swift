// BLMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout
// [<COUNT | EXACTLY> count <OBO | BULK>]

enum BLMOVEM: Command {
    static let declaration = Declaration(
        "blmovem", .list, since: "8.10.0", complexity: "O(N) where N is the number of elements moved.",
        summary:
            "Pops elements from one list and pushes them to another, one by one or as a block. "
            + "Blocks until there are as many as are asked for.",
        flags: [.write, .denyOOM, .blocking], propagates: .rewritten,
        grammar: [
            .key("source", .readAndDelete), .key("destination", .insert),
            .oneOf("wherefrom", [.word("LEFT"), .word("RIGHT")]).required,
            .oneOf("whereto", [.word("LEFT"), .word("RIGHT")]).required, .double("timeout"), BulkMove.grammar,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let move = try BulkMove(arguments, more: 6), deadline = try arguments.waitDeadline(5, from: context.now)
        if try context.move(move, from: arguments.key(1), to: arguments.key(2), &reply) { return }
        context.wait(for: 1..<2, of: arguments, kind: .list, until: deadline, &reply)
    }
}
