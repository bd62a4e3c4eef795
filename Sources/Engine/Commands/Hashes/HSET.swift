// HSET key field value …

enum HSET: Command {
    static let declaration = Declaration(
        "hset", .hash, since: "2.0.0",
        complexity:
            "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is "
            + "called with multiple field/value pairs.",
        summary: "Creates or modifies the value of a field in a hash.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        history: [.init("4.0.0", "Accepts multiple `field` and `value` arguments.")],
        grammar: [.key("key", .update), .block("data", [.string("field"), .string("value")]).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(try context.setFields(arguments))
    }
}
