// HLEN key

enum HLEN: Command {
    static let declaration = Declaration(
        "hlen", .hash, since: "2.0.0", complexity: "O(1)",
        summary: "Returns the number of fields in a hash.",
        flags: [.readOnly, .fast], grammar: [.key("key", .inspect)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(try context.keyspace.value(at: arguments.key(1), as: HashValue.self)?.count ?? 0)
    }
}
