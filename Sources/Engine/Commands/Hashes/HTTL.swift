// HTTL key FIELDS numfields field …

enum HTTL: Command {
    static let declaration = Declaration(
        "httl", .hash, since: "7.4.0", complexity: "O(N) where N is the number of specified fields",
        summary: "Returns the TTL in seconds of a hash field.",
        flags: [.readOnly, .fast], tips: ["nondeterministic_output"], grammar: [.key("key", .read), .fields])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let now = context.now
        try context.answerFieldDeadlines(arguments, &reply) { ($0 - now + 999) / 1000 }
    }
}
