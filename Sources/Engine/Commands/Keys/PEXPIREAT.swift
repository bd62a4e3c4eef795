// PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]

enum PEXPIREAT: Command {
    static let declaration = Declaration(
        "pexpireat", .generic, since: "2.6.0", complexity: "O(1)",
        summary: "Sets the expiration time of a key to a Unix milliseconds timestamp.",
        flags: [.write, .fast], categories: [.keyspace], propagates: .rewritten,
        history: [.init("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")],
        grammar: [.key("key", .update), .unixTime("unix-time-milliseconds"), DeadlineCondition.grammar])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.expire(arguments, .milliseconds, from: 0, &reply)
    }
}
