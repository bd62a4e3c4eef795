// LPOP key [count]

enum LPOP: Command {
    static let declaration = Declaration(
        "lpop", .list, since: "1.0.0", complexity: "O(N) where N is the number of elements returned",
        summary:
            "Returns the first elements in a list after removing it. Deletes the list if the last element was "
            + "popped.",
        flags: [.write, .fast], propagates: .verbatim, history: [.init("6.2.0", "Added the `count` argument.")],
        grammar: [.key("key", .readAndDelete), .integer("count").optional.since("6.2.0")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.pop(arguments, at: .head, &reply)
    }
}
