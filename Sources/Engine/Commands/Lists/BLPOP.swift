// BLPOP key … timeout

enum BLPOP: Command {
    static let declaration = Declaration(
        "blpop", .list, since: "2.0.0", complexity: "O(N) where N is the number of provided keys.",
        summary:
            "Removes and returns the first element in a list. Blocks until an element is available otherwise. "
            + "Deletes the list if the last element was popped.",
        flags: [.write, .blocking], propagates: .rewritten,
        history: [.init("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
        grammar: [.key("key", .readAndDelete).repeated, .double("timeout")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.popWaiting(arguments, at: .head, &reply)
    }
}
