// BITCOUNT key [start end [BYTE | BIT]]

enum BITCOUNT: Command {
    static let declaration = Declaration(
        "bitcount", .bitmap, since: "2.6.0", complexity: "O(N)",
        summary: "Counts the number of set bits (population counting) in a string.",
        flags: [.readOnly], history: [.init("7.0.0", "Added the `BYTE|BIT` option.")],
        grammar: [
            .key("key", .read),
            .block(
                "range",
                [.integer("start"), .integer("end"), .oneOf("unit", [.word("BYTE"), .word("BIT")]).since("7.0.0")]
            ).optional,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let value = try context.keyspace.string(at: arguments.key(1)) else { return reply.integer(0) }
        let count = try value.withBytes { text throws(CommandError) in
            if arguments.count == 2 { return BitSpan(all: text.count).map { text.onesCount(in: $0) } ?? 0 }
            guard arguments.count == 4 || arguments.count == 5 else { throw .syntax }
            let start = try arguments.integer(2), end = try arguments.integer(3)
            if start < 0, end < 0, start > end { return 0 }
            let inBits = try arguments.countsBits(4)
            guard let span = BitSpan(start, end, inBits: inBits, count: text.count) else { return 0 }
            return text.onesCount(in: span)
        }
        reply.integer(count)
    }
}

extension Arguments {
    /// Whether the word at `index` says BIT; BYTE, or no word at all, says no.
    func countsBits(_ index: Int) throws(CommandError) -> Bool {
        guard index < count else { return false }
        let unit = FoldedName(self[index])
        guard unit == FoldedName("bit") || unit == FoldedName("byte") else { throw .syntax }
        return unit == FoldedName("bit")
    }
}
