// PERSIST key

enum PERSIST: Command {
    static let declaration = Declaration(
        "persist", .generic, since: "2.2.0", complexity: "O(1)",
        summary: "Removes the expiration time of a key.",
        flags: [.write, .fast], categories: [.keyspace], propagates: .verbatim, grammar: [.key("key", .update)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(context.keyspace.persist(arguments.key(1)) ? 1 : 0)
    }
}
