// GETBIT key offset

enum GETBIT: Command {
    static let declaration = Declaration(
        "getbit", .bitmap, since: "2.2.0", complexity: "O(1)",
        summary: "Returns a bit value by offset.",
        flags: [.readOnly, .fast], grammar: [.key("key", .read), .integer("offset")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let offset = try arguments.bitOffset(2, longest: context.settings.maxBulkLength)
        guard let value = try context.keyspace.string(at: arguments.key(1)) else { return reply.integer(0) }
        reply.integer(value.withBytes { Int($0.bits(at: offset, width: 1)) })
    }
}
