// SETBIT key offset value

enum SETBIT: Command {
    static let declaration = Declaration(
        "setbit", .bitmap, since: "2.2.0", complexity: "O(1)",
        summary: "Sets or clears the bit at offset of the string value. Creates the key if it doesn't exist.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [.key("key", .readAndUpdate), .integer("offset"), .integer("value")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let offset = try arguments.bitOffset(2, longest: context.settings.maxBulkLength)
        guard let bit = arguments[3].integer, bit == 0 || bit == 1 else {
            throw .because("ERR bit is not an integer or out of range")
        }
        var wasSet = false
        try context.keyspace.editString(arguments.key(1), event: .setbit) { string throws(CommandError) in
            let grows = string.count <= offset >> 3
            string.grow(to: offset >> 3 + 1)
            wasSet = string.bytes.bits(at: offset, width: 1) == 1
            guard grows || wasSet != (bit == 1) else { return 0 }
            string.setBits(UInt64(bit), at: offset, width: 1)
            return 1
        }
        reply.integer(wasSet ? 1 : 0)
    }
}
