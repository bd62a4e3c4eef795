// SETNX key value

enum SETNX: Command {
    static let declaration = Declaration(
        "setnx", .string, since: "1.0.0", complexity: "O(1)",
        summary: "Set the string value of a key only when the key doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        deprecated: .init(version: "2.6.12", replacement: "`SET` with the `NX` argument"),
        grammar: [.key("key", .create), .string("value")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        guard !context.keyspace.contains(key) else { return reply.integer(0) }
        try context.keyspace.replace(key, with: arguments[2], event: .set)
        reply.integer(1)
    }
}
