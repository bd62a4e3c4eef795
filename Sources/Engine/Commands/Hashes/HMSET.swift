// HMSET key field value …

enum HMSET: Command {
    static let declaration = Declaration(
        "hmset", .hash, since: "2.0.0", complexity: "O(N) where N is the number of fields being set.",
        summary: "Sets the values of multiple fields.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        deprecated: .init(version: "4.0.0", replacement: "`HSET` with multiple field-value pairs"),
        grammar: [.key("key", .update), .block("data", [.string("field"), .string("value")]).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        _ = try context.setFields(arguments)
        reply.ok()
    }
}
