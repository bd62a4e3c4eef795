// ECHO message

enum ECHO: Command {
    static let declaration = Declaration(
        "echo", .connection, since: "1.0.0", complexity: "O(1)",
        summary: "Returns the given string.",
        flags: [.loading, .stale, .fast], grammar: [.string("message")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.bulk(arguments[1])
    }
}
