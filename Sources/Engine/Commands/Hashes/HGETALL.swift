// HGETALL key

enum HGETALL: Command {
    static let declaration = Declaration(
        "hgetall", .hash, since: "2.0.0", complexity: "O(N) where N is the size of the hash.",
        summary: "Returns all fields and values in a hash.",
        flags: [.readOnly], tips: ["nondeterministic_output_order"], grammar: [.key("key", .read)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let rest: (value: StoredValue, count: Int)
        do {
            guard let hash = try context.keyspace.value(at: arguments.key(1), as: HashValue.self) else {
                return reply.map(0)
            }
            reply.map(hash.count)
            guard _slowPath(hash.count > context.mostAnsweredAtOnce) else {
                return hash.forEach {
                    reply.bulk($0.field)
                    reply.bulk($0.value)
                }
            }
            rest = (StoredValue(kind: .hash, word: hash.word), hash.count)
        }
        context.answerGradually(rest.value, part: .fieldsAndValues, 0..<rest.count, of: arguments)
    }
}
