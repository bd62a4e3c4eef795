// SMEMBERS key

enum SMEMBERS: Command {
    static let declaration = Declaration(
        "smembers", .set, since: "1.0.0", complexity: "O(N) where N is the set cardinality.",
        summary: "Returns all members of a set.",
        flags: [.readOnly], tips: ["nondeterministic_output_order"], grammar: [.key("key", .read)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let rest: (value: StoredValue, count: Int)
        do {
            guard let set = try context.keyspace.value(at: arguments.key(1), as: SetValue.self) else {
                return reply.set(0)
            }
            reply.set(set.count)
            guard _slowPath(set.count > context.mostAnsweredAtOnce) else { return set.forEach { reply.bulk($0) } }
            rest = (StoredValue(kind: .set, word: set.word), set.count)
        }
        context.answerGradually(rest.value, part: .elements, 0..<rest.count, of: arguments)
    }
}
