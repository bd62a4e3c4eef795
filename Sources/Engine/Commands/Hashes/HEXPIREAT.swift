// HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field …

enum HEXPIREAT: Command {
    static let declaration = Declaration(
        "hexpireat", .hash, since: "7.4.0", complexity: "O(N) where N is the number of specified fields",
        summary: "Set expiry for hash field using an absolute Unix timestamp (seconds)",
        flags: [.write, .fast], propagates: .rewritten,
        grammar: [.key("key", .update), .unixTime("unix-time-seconds"), DeadlineCondition.ofFields, .fields])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.expireFields(arguments, .seconds, from: 0, &reply)
    }
}
