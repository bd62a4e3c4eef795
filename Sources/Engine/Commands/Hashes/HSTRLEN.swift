// HSTRLEN key field

enum HSTRLEN: Command {
    static let declaration = Declaration(
        "hstrlen", .hash, since: "3.2.0", complexity: "O(1)",
        summary: "Returns the length of the value of a field.",
        flags: [.readOnly, .fast], grammar: [.key("key", .inspect), .string("field")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let hash = try context.keyspace.value(at: arguments.key(1), as: HashValue.self)
        reply.integer(hash?.value(of: arguments[2])?.withBytes { $0.count } ?? 0)
    }
}
