// BITPOS key bit [start [end [BYTE | BIT]]]

enum BITPOS: Command {
    static let declaration = Declaration(
        "bitpos", .bitmap, since: "2.8.7", complexity: "O(N)",
        summary: "Finds the first set (1) or clear (0) bit in a string.",
        flags: [.readOnly], history: [.init("7.0.0", "Added the `BYTE|BIT` option.")],
        grammar: [
            .key("key", .read), .integer("bit"),
            .block(
                "range",
                [
                    .integer("start"),
                    .block(
                        "end-unit-block",
                        [.integer("end"), .oneOf("unit", [.word("BYTE"), .word("BIT")]).since("7.0.0")]
                    ).optional,
                ]
            ).optional,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let bit = try arguments.integer(2)
        guard bit == 0 || bit == 1 else { throw .because("ERR The bit argument must be 1 or 0.") }
        guard let value = try context.keyspace.string(at: arguments.key(1)) else {
            return reply.integer(bit == 1 ? -1 : 0)
        }
        guard arguments.count <= 6 else { throw .syntax }
        let start = arguments.count > 3 ? try arguments.integer(3) : 0
        let inBits = try arguments.countsBits(5)
        let end = arguments.count > 4 ? try arguments.integer(4) : -1
        let found = value.withBytes { text in
            guard
                let span = arguments.count == 3
                    ? BitSpan(all: text.count) : BitSpan(each: start, end, inBits: inBits, count: text.count)
            else { return -1 }
            if let found = text.firstBit(bit == 1, in: span) { return found }
            // Without an end, the bits behind the string are clear ones.
            return bit == 0 && arguments.count < 5 ? text.count * 8 : -1
        }
        reply.integer(found)
    }
}
