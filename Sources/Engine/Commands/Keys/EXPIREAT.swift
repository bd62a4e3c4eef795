// EXPIREAT key unix-time-seconds [NX | XX | GT | LT]

enum EXPIREAT: Command {
    static let declaration = Declaration(
        "expireat", .generic, since: "1.2.0", complexity: "O(1)",
        summary: "Sets the expiration time of a key to a Unix timestamp.",
        flags: [.write, .fast], categories: [.keyspace], propagates: .rewritten,
        history: [.init("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")],
        grammar: [.key("key", .update), .unixTime("unix-time-seconds"), DeadlineCondition.grammar])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.expire(arguments, .seconds, from: 0, &reply)
    }
}
