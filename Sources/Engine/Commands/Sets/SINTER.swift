// SINTER key …

enum SINTER: Command {
    static let declaration = Declaration(
        "sinter", .set, since: "1.0.0",
        complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
        summary: "Returns the intersect of multiple sets.",
        flags: [.readOnly], tips: ["nondeterministic_output_order"], grammar: [.key("key", .read).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let sets = try context.sets(at: 1..<arguments.count, of: arguments)
        let place = reply.beginCollection()
        let count = sets.forEachInAll { reply.bulk($0) }
        reply.endSet(place, count)
    }
}
