// TYPE key

enum TYPE: Command {
    static let declaration = Declaration(
        "type", .generic, since: "1.0.0", complexity: "O(1)",
        summary: "Determines the type of value stored at a key.",
        flags: [.readOnly, .fast], categories: [.keyspace], grammar: [.key("key", .inspect)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.simple(context.keyspace.kind(of: arguments.key(1), counting: true)?.name ?? "none")
    }
}
