// SETRANGE key offset value

enum SETRANGE: Command {
    static let declaration = Declaration(
        "setrange", .string, since: "2.2.0",
        complexity:
            "O(1), not counting the time taken to copy the new string in place. Usually, this string is very "
            + "small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length "
            + "of the value argument.",
        summary: "Overwrites a part of a string value with another by an offset. Creates the key if it doesn't exist.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.key("key", .update), .integer("offset"), .string("value")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1), written = arguments[3]
        guard let offset = try Int(exactly: arguments.integer(2)), offset >= 0 else {
            throw .because("ERR offset is out of range")
        }
        // Writing nothing changes nothing, and makes no key.
        guard !written.isEmpty else {
            return reply.integer(try context.keyspace.stringToChange(at: key)?.textCount ?? 0)
        }
        let longest = context.settings.maxBulkLength
        var count = 0
        try context.keyspace.editString(key, event: .setrange) { string throws(CommandError) in
            guard written.count <= longest, offset <= longest - written.count else { throw .tooLong }
            string.overwrite(at: offset, with: written)
            count = string.count
            return 1
        }
        reply.integer(count)
    }
}
