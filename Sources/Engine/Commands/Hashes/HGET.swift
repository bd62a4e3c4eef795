// HGET key field

enum HGET: Command {
    static let declaration = Declaration(
        "hget", .hash, since: "2.0.0", complexity: "O(1)",
        summary: "Returns the value of a field in a hash.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read), .string("field")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let hash = try context.keyspace.value(at: arguments.key(1), as: HashValue.self),
            let value = hash.value(of: arguments[2])
        else { return reply.null() }
        reply.bulk(value)
    }
}
