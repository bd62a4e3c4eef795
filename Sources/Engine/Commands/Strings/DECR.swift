// DECR key

enum DECR: Command {
    static let declaration = Declaration(
        "decr", .string, since: "1.0.0", complexity: "O(1)",
        summary: "Decrements the integer value of a key by one. Uses 0 as initial value if the key doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim, grammar: [.key("key", .readAndUpdate)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.increment(arguments.key(1), by: -1, &reply)
    }
}
