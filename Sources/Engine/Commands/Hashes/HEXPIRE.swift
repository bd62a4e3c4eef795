// HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field …

enum HEXPIRE: Command {
    static let declaration = Declaration(
        "hexpire", .hash, since: "7.4.0", complexity: "O(N) where N is the number of specified fields",
        summary: "Set expiry for hash field using relative time to expire (seconds)",
        flags: [.write, .fast], propagates: .rewritten,
        grammar: [.key("key", .update), .integer("seconds"), DeadlineCondition.ofFields, .fields])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.expireFields(arguments, .seconds, from: context.now, &reply)
    }
}
