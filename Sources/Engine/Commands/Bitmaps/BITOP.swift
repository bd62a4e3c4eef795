// BITOP <AND | OR | XOR | NOT> destkey key …

enum BITOP: Command {
    static let declaration = Declaration(
        "bitop", .bitmap, since: "2.6.0", complexity: "O(N)",
        summary: "Performs bitwise operations on multiple strings, and stores the result.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        grammar: [
            .oneOf("operation", [.word("AND"), .word("OR"), .word("XOR"), .word("NOT")]).required,
            .key("destkey", .overwrite), .key("key", .read).repeated,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let name = FoldedName(arguments[1])
        guard let operation = Operation.allCases.first(where: { $0.name == name }) else { throw .syntax }
        guard operation != .not || arguments.count == 4 else {
            throw .because("ERR BITOP NOT must be called with a single source key.")
        }
        var result = Buffer()
        for index in 3..<arguments.count {
            let isFirst = index == 3
            if let value = try context.keyspace.string(at: arguments.key(index)) {
                value.withBytes { result.combine(with: $0, operation, isFirst: isFirst) }
            } else {
                result.combine(with: Bytes(""), operation, isFirst: isFirst)
            }
        }
        if result.isEmpty {
            _ = context.keyspace.remove(arguments.key(2))
        } else {
            try context.keyspace.replace(arguments.key(2), with: result.contents, form: .isEdited, event: .set)
        }
        reply.integer(result.count)
    }
}

extension BITOP {
    fileprivate enum Operation: CaseIterable {
        case and, or, xor, not

        var name: FoldedName {
            switch self {
            case .and: FoldedName("and")
            case .or: FoldedName("or")
            case .xor: FoldedName("xor")
            case .not: FoldedName("not")
            }
        }
    }
}

extension Buffer {
    /// Brings another operand in; the shorter one is followed by zeros.
    fileprivate mutating func combine(with other: Bytes, _ operation: BITOP.Operation, isFirst: Bool) {
        if isFirst {
            append(other)
            if operation == .not { changeBytes { ~$0 } }
            return
        }
        if other.count > count { appendZeros(other.count - count) }
        switch operation {
        case .and: changeWords(other) { $0 & $1 }
        case .or: changeWords(other) { $0 | $1 }
        case .xor: changeWords(other) { $0 ^ $1 }
        case .not: break
        }
    }

    private mutating func changeBytes(_ change: (UInt8) -> UInt8) {
        for index in 0..<count { self[index] = change(self[index]) }
    }

    /// Eight bytes at a time as long as both have them.
    private mutating func changeWords(_ other: Bytes, _ change: (UInt64, UInt64) -> UInt64) {
        var index = 0
        while index &+ 8 <= other.count {
            setWord(change(contents.word(at: index), other.word(at: index)), at: index)
            index &+= 8
        }
        while index < count {
            let byte = index < other.count ? other[index] : 0
            self[index] = UInt8(truncatingIfNeeded: change(UInt64(self[index]), UInt64(byte)))
            index &+= 1
        }
    }
}
