// HMGET key field …

enum HMGET: Command {
    static let declaration = Declaration(
        "hmget", .hash, since: "2.0.0", complexity: "O(N) where N is the number of fields being requested.",
        summary: "Returns the values of all fields in a hash.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read), .string("field").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let hash = try context.keyspace.value(at: arguments.key(1), as: HashValue.self) else {
            reply.array(arguments.count - 2)
            for _ in 2..<arguments.count { reply.null() }
            return
        }
        reply.array(arguments.count - 2)
        for index in 2..<arguments.count {
            if let value = hash.value(of: arguments[index]) { reply.bulk(value) } else { reply.null() }
        }
    }
}
