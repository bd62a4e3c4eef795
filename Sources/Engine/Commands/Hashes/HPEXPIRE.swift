// HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS numfields field …

enum HPEXPIRE: Command {
    static let declaration = Declaration(
        "hpexpire", .hash, since: "7.4.0", complexity: "O(N) where N is the number of specified fields",
        summary: "Set expiry for hash field using relative time to expire (milliseconds)",
        flags: [.write, .fast], propagates: .rewritten,
        grammar: [.key("key", .update), .integer("milliseconds"), DeadlineCondition.ofFields, .fields])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.expireFields(arguments, .milliseconds, from: context.now, &reply)
    }
}
