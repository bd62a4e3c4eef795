// DIGEST key

enum DIGEST: Command {
    static let declaration = Declaration(
        "digest", .string, since: "8.4.0", complexity: "O(N) where N is the length of the string value.",
        summary: "Returns the XXH3 hash of a string value.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let value = try context.keyspace.string(at: arguments.key(1)) else { return reply.null() }
        value.withBytes { XXH3.digest(of: $0) }.withHexadecimalText { reply.bulk($0) }
    }
}
