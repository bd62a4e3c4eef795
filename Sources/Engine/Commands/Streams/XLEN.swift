// XLEN key

enum XLEN: Command {
    static let declaration = Declaration(
        "xlen", .stream, since: "5.0.0", complexity: "O(1)",
        summary: "Return the number of messages in a stream.",
        flags: [.readOnly, .fast], grammar: [.key("key", .inspect)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(try context.keyspace.value(at: arguments.key(1), as: StreamValue.self)?.count ?? 0)
    }
}
