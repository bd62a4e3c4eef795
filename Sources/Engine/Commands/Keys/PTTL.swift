// PTTL key

enum PTTL: Command {
    static let declaration = Declaration(
        "pttl", .generic, since: "2.6.0", complexity: "O(1)",
        summary: "Returns the expiration time in milliseconds of a key.",
        flags: [.readOnly, .fast], categories: [.keyspace], tips: ["nondeterministic_output"],
        history: [.init("2.8.0", "Added the -2 reply.")], grammar: [.key("key", .read)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let now = context.now
        context.answerDeadline(of: arguments.key(1), &reply) { Deadline.remaining(until: $0, from: now) }
    }
}
