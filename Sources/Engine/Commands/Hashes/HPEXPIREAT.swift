// HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field …

enum HPEXPIREAT: Command {
    static let declaration = Declaration(
        "hpexpireat", .hash, since: "7.4.0", complexity: "O(N) where N is the number of specified fields",
        summary: "Set expiry for hash field using an absolute Unix timestamp (milliseconds)",
        flags: [.write, .fast], propagates: .rewritten,
        grammar: [.key("key", .update), .unixTime("unix-time-milliseconds"), DeadlineCondition.ofFields, .fields])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.expireFields(arguments, .milliseconds, from: 0, &reply)
    }
}
