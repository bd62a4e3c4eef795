// ZREVRANK key member [WITHSCORE]

enum ZREVRANK: Command {
    static let declaration = Declaration(
        "zrevrank", .sortedSet, since: "2.0.0", complexity: "O(log(N))",
        summary: "Returns the index of a member in a sorted set ordered by descending scores.",
        flags: [.readOnly, .fast], history: [.init("7.2.0", "Added the optional `WITHSCORE` argument.")],
        grammar: [.key("key", .read), .string("member"), .token(Option.withScore)])

    enum Option: Int, CommandOption { case withScore }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.rank(arguments, backwards: true, &reply)
    }
}
