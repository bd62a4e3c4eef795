// INCRBY key increment

enum INCRBY: Command {
    static let declaration = Declaration(
        "incrby", .string, since: "1.0.0", complexity: "O(1)",
        summary: "Increments the integer value of a key by a number. Uses 0 as initial value if the key doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        grammar: [.key("key", .readAndUpdate), .integer("increment")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.increment(arguments.key(1), by: arguments.integer(2), &reply)
    }
}
