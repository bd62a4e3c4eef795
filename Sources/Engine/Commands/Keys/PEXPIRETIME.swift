// PEXPIRETIME key

enum PEXPIRETIME: Command {
    static let declaration = Declaration(
        "pexpiretime", .generic, since: "7.0.0", complexity: "O(1)",
        summary: "Returns the expiration time of a key as a Unix milliseconds timestamp.",
        flags: [.readOnly, .fast], categories: [.keyspace], grammar: [.key("key", .read)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        context.answerDeadline(of: arguments.key(1), &reply) { $0 }
    }
}
