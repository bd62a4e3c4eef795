// The number of a stream's entry as text, `<milliseconds>-<sequence>`, read as leniently as Redis reads it.

extension Buffer {
    mutating func append(_ id: StreamID) {
        append(unsigned: id.milliseconds)
        append(byte: UInt8(ascii: "-"))
        append(unsigned: id.sequence)
    }
}

/// What a client wrote where a number of an entry belongs.
struct StreamIDText {
    var id: StreamID
    /// The sequence was `*`.
    var leavesSequenceOpen = false

    /// Both parts, or the first one, in which case the sequence is `missing`. `-` and `+` are the smallest and the
    /// largest number unless only plain numbers are wanted. Nil for anything else.
    init?(_ text: Bytes, missingSequence missing: UInt64, isPlain: Bool, mayBeOpen: Bool = false) {
        if _fastPath(text.count < 24), let id = StreamIDText.simple(text, missing) {
            self.id = id
            return
        }
        guard text.count < 128 else { return nil }
        // Redis reads up to the first zero byte.
        let text = text.prefix(text.firstIndex(of: 0) ?? text.count)
        if text.count == 1, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            if isPlain { return nil }
            id = text[0] == UInt8(ascii: "-") ? .zero : .largest
            return
        }
        let separator = text.firstIndex(of: UInt8(ascii: "-")) ?? text.count
        guard let milliseconds = StreamIDText.unsigned(text.prefix(separator)) else { return nil }
        id = StreamID(milliseconds, missing)
        guard separator < text.count else { return }
        let rest = text.dropping(first: separator + 1)
        if mayBeOpen, rest == Bytes("*") {
            id.sequence = 0
            leavesSequenceOpen = true
        } else if let sequence = StreamIDText.unsigned(rest) {
            id.sequence = sequence
        } else {
            return nil
        }
    }

    /// Digits, and perhaps a `-` and digits, that cannot overflow; nil for whatever needs a second look.
    @inline(__always) private static func simple(_ text: Bytes, _ missing: UInt64) -> StreamID? {
        var index = 0
        guard let milliseconds = digits(text, &index) else { return nil }
        if index == text.count { return StreamID(milliseconds, missing) }
        guard text[index] == UInt8(ascii: "-") else { return nil }
        index &+= 1
        guard let sequence = digits(text, &index), index == text.count else { return nil }
        return StreamID(milliseconds, sequence)
    }

    /// At least one digit, and at most 18.
    @inline(__always) private static func digits(_ text: Bytes, _ index: inout Int) -> UInt64? {
        let start = index
        var value: UInt64 = 0
        while index < text.count, case let digit = text[index] &- UInt8(ascii: "0"), digit <= 9 {
            value = value &* 10 &+ UInt64(digit)
            index &+= 1
        }
        return index > start && index &- start <= 18 ? value : nil
    }

    /// What C's `strtoull` takes: blanks in front, a sign, even a negative one that is not written plainly.
    private static func unsigned(_ text: Bytes) -> UInt64? {
        if let integer = text.integer { return UInt64(exactly: integer) }
        var index = 0
        while index < text.count, text[index] == 32 || (9...13).contains(text[index]) { index += 1 }
        var isNegative = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        guard index < text.count else { return nil }
        var value: UInt64 = 0
        while index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            let (product, productOverflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflows) = product.addingReportingOverflow(UInt64(digit))
            guard digit <= 9, !productOverflows, !sumOverflows else { return nil }
            value = sum
            index += 1
        }
        return isNegative ? 0 &- value : value
    }
}
