// XREVRANGE key end start [COUNT count]

enum XREVRANGE: Command {
    static let declaration = Declaration(
        "xrevrange", .stream, since: "5.0.0",
        complexity:
            "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the "
            + "first 10 elements with COUNT), you can consider it O(1).",
        summary: "Returns the messages from a stream within a range of IDs in reverse order.",
        flags: [.readOnly], history: [.init("6.2.0", "Added exclusive ranges.")],
        grammar: [.key("key", .read), .string("end"), .string("start"), .token(Option.count, .integer("count"))])

    enum Option: Int, CommandOption { case count }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.showRange(arguments, backwards: true, &reply)
    }
}
