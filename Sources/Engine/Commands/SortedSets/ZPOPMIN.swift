// ZPOPMIN key [count]

enum ZPOPMIN: Command {
    static let declaration = Declaration(
        "zpopmin", .sortedSet, since: "5.0.0",
        complexity:
            "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of "
            + "elements popped.",
        summary:
            "Returns the lowest-scoring members from a sorted set after removing them. Deletes the sorted set "
            + "if the last member was popped.",
        flags: [.write, .fast], propagates: .verbatim,
        grammar: [.key("key", .readAndDelete), .integer("count").optional])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.popScores(arguments, backwards: false, &reply)
    }
}
