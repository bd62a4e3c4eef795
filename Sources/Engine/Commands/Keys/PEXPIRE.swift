// PEXPIRE key milliseconds [NX | XX | GT | LT]

enum PEXPIRE: Command {
    static let declaration = Declaration(
        "pexpire", .generic, since: "2.6.0", complexity: "O(1)",
        summary: "Sets the expiration time of a key in milliseconds.",
        flags: [.write, .fast], categories: [.keyspace], propagates: .rewritten,
        history: [.init("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")],
        grammar: [.key("key", .update), .integer("milliseconds"), DeadlineCondition.grammar])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.expire(arguments, .milliseconds, from: context.now, &reply)
    }
}
