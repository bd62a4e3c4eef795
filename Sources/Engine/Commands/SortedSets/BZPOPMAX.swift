// BZPOPMAX key … timeout

enum BZPOPMAX: Command {
    static let declaration = Declaration(
        "bzpopmax", .sortedSet, since: "5.0.0",
        complexity: "O(log(N)) with N being the number of elements in the sorted set.",
        summary:
            "Removes and returns the member with the highest score from one or more sorted sets. Blocks until "
            + "a member available otherwise.  Deletes the sorted set if the last element was popped.",
        flags: [.write, .blocking, .fast], propagates: .rewritten,
        history: [.init("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
        grammar: [.key("key", .readAndDelete).repeated, .double("timeout")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.popScoreWaiting(arguments, backwards: true, &reply)
    }
}
