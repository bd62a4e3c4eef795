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
        var result = StringEditor(capacity: 0, heap: context.keyspace.heap)
        do throws(CommandError) {
            for index in 3..<arguments.count {
                let isFirst = index == 3
                if let value = try context.keyspace.string(at: arguments.key(index)) {
                    value.withBytes { result.combine(with: $0, operation, isFirst: isFirst) }
                } else {
                    result.combine(with: Bytes(""), operation, isFirst: isFirst)
                }
            }
        } catch {
            result.end()
            throw error
        }
        let count = result.count
        if count == 0 {
            _ = context.keyspace.remove(arguments.key(2))
            result.end()
        } else {
            try context.keyspace.store(arguments.key(2), result, event: .set)
        }
        reply.integer(count)
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

extension StringEditor {
    /// Brings another operand in; the shorter one is followed by zeros.
    @_lifetime(self: copy self)
    fileprivate mutating func combine(with other: Bytes, _ operation: BITOP.Operation, isFirst: Bool) {
        if isFirst {
            append(other, spare: 0)
            if operation == .not { change(other, { ~$1 }, { ~$1 }) }
            return
        }
        switch operation {
        case .and:
            let size = max(count, other.count)
            truncate(to: min(count, other.count))
            change(other, { $0 & $1 }, { $0 & $1 })
            grow(to: size, spare: 0)
        case .or:
            grow(to: other.count, spare: 0)
            change(other, { $0 | $1 }, { $0 | $1 })
        case .xor:
            grow(to: other.count, spare: 0)
            change(other, { $0 ^ $1 }, { $0 ^ $1 })
        case .not: break
        }
    }

    /// Many bytes at a time, as far as both go.
    @_lifetime(self: copy self)
    @inline(__always)
    private mutating func change(
        _ other: Bytes, _ blocks: (SIMD4<UInt64>, SIMD4<UInt64>) -> SIMD4<UInt64>, _ single: (UInt8, UInt8) -> UInt8
    ) {
        let end = min(count, other.count)
        var index = 0
        while index &+ 32 <= end {
            setBlock(blocks(bytes.block(at: index), other.block(at: index)), at: index)
            index &+= 32
        }
        while index < end {
            self[index] = single(self[index], other[index])
            index &+= 1
        }
    }
}
