// BITOP <AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey key …

enum BITOP: Command {
    static let declaration = Declaration(
        "bitop", .bitmap, since: "2.6.0", complexity: "O(N)",
        summary: "Performs bitwise operations on multiple strings, and stores the result.",
        flags: [.write, .denyOOM], propagates: .verbatim,
        history: [.init("8.2.0", "Added the `DIFF`, `DIFF1`, `ANDOR`, and `ONE` operations.")],
        grammar: [
            .oneOf(
                "operation",
                [
                    .word("AND"), .word("OR"), .word("XOR"), .word("NOT"), .word("DIFF").since("8.2.0"),
                    .word("DIFF1").since("8.2.0"), .word("ANDOR").since("8.2.0"), .word("ONE").since("8.2.0"),
                ]
            ).required,
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
        if let refusal = operation.needsTwo, arguments.count < 5 { throw .because(refusal) }
        var result = StringEditor(capacity: 0, heap: context.keyspace.heap)
        var repeated = StringEditor(capacity: 0, heap: context.keyspace.heap)
        do throws(CommandError) {
            // Where the first string is held against all others, those come before it.
            let order = operation.takesFirstLast ? 4...arguments.count : 3...arguments.count - 1
            for place in order {
                let index = place == arguments.count ? 3 : place
                let step: Operation = index == 3 ? operation.first : operation.other
                if let value = try context.keyspace.string(at: arguments.key(index)) {
                    value.withBytes { value in
                        if operation == .one { repeated.collect(result.bytes, value) }
                        result.combine(with: value, step, isFirst: place == order.lowerBound)
                    }
                } else {
                    result.combine(with: Bytes(""), step, isFirst: place == order.lowerBound)
                }
            }
            if operation == .one { result.combine(with: repeated.bytes, .diff, isFirst: false) }
            repeated.end()
        } catch {
            result.end()
            repeated.end()
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
        case and, or, xor, not, diff, diff1, andOr, one

        var name: FoldedName {
            switch self {
            case .and: FoldedName("and")
            case .or: FoldedName("or")
            case .xor: FoldedName("xor")
            case .not: FoldedName("not")
            case .diff: FoldedName("diff")
            case .diff1: FoldedName("diff1")
            case .andOr: FoldedName("andor")
            case .one: FoldedName("one")
            }
        }

        /// What one string alone is answered, where that makes no sense.
        var needsTwo: StaticString? {
            switch self {
            case .diff: "ERR BITOP DIFF must be called with at least two source keys."
            case .diff1: "ERR BITOP DIFF1 must be called with at least two source keys."
            case .andOr: "ERR BITOP ANDOR must be called with at least two source keys."
            case .and, .or, .xor, .not, .one: nil
            }
        }

        var takesFirstLast: Bool { self == .diff1 || self == .andOr }

        /// What becomes of the first string, and of the others, in terms of two strings.
        var first: Operation {
            switch self {
            case .diff1: .diff
            case .andOr: .and
            default: self
            }
        }
        var other: Operation { takesFirstLast || self == .one ? .or : self }
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
        case .or, .one, .diff1, .andOr:
            grow(to: other.count, spare: 0)
            change(other, { $0 | $1 }, { $0 | $1 })
        case .diff:
            grow(to: other.count, spare: 0)
            change(other, { $0 & ~$1 }, { $0 & ~$1 })
        case .xor:
            grow(to: other.count, spare: 0)
            change(other, { $0 ^ $1 }, { $0 ^ $1 })
        case .not: break
        }
    }

    /// Adds the bits that are set in both strings.
    @_lifetime(self: copy self)
    fileprivate mutating func collect(_ left: Bytes, _ right: Bytes) {
        let end = min(left.count, right.count)
        grow(to: end, spare: 0)
        var index = 0
        while index &+ 32 <= end {
            setBlock(bytes.block(at: index) | left.block(at: index) & right.block(at: index), at: index)
            index &+= 32
        }
        while index < end {
            self[index] |= left[index] & right[index]
            index &+= 1
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
