// DECRBY key decrement

enum DECRBY: Command {
    static let declaration = Declaration(
        "decrby", .string, since: "1.0.0", complexity: "O(1)",
        summary:
            "Decrements a number from the integer value of a key. Uses 0 as initial value if the key doesn't "
            + "exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        grammar: [.key("key", .readAndUpdate), .integer("decrement")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let amount = try arguments.integer(2)
        guard amount != .min else { throw .because("ERR decrement would overflow") }
        try context.increment(arguments.key(1), by: -amount, &reply)
    }
}
