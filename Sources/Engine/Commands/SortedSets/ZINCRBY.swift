// ZINCRBY key increment member

enum ZINCRBY: Command {
    static let declaration = Declaration(
        "zincrby", .sortedSet, since: "1.2.0",
        complexity: "O(log(N)) where N is the number of elements in the sorted set.",
        summary: "Increments the score of a member in a sorted set.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        grammar: [.key("key", .readAndUpdate), .integer("increment"), .string("member")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // The arguments are those of ZADD with INCR.
        try context.addScores(arguments, from: 2, ZADD.Request(rules: .increment), &reply)
    }
}
