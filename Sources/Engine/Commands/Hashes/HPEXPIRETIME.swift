// HPEXPIRETIME key FIELDS numfields field …

enum HPEXPIRETIME: Command {
    static let declaration = Declaration(
        "hpexpiretime", .hash, since: "7.4.0", complexity: "O(N) where N is the number of specified fields",
        summary: "Returns the expiration time of a hash field as a Unix timestamp, in msec.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read), .fields])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.answerFieldDeadlines(arguments, &reply) { $0 }
    }
}
