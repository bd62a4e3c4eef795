// ZMSCORE key member …

enum ZMSCORE: Command {
    static let declaration = Declaration(
        "zmscore", .sortedSet, since: "6.2.0", complexity: "O(N) where N is the number of members being requested.",
        summary: "Returns the score of one or more members in a sorted set.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read), .string("member").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let set = try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self)
        reply.array(arguments.count - 2)
        for index in 2..<arguments.count {
            if let score = set?.score(of: arguments[index]) { reply.double(score) } else { reply.null() }
        }
    }
}
