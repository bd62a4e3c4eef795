// Bits of a string, numbered from the highest one of the first byte on: counting and finding them by words.

/// The bits from `first` through `last` of some bytes.
struct BitSpan {
    let first: Int
    let last: Int

    /// All bits of `count` bytes; nil if there are none.
    init?(all count: Int) {
        guard count > 0 else { return nil }
        (first, last) = (0, count &* 8 &- 1)
    }

    /// What a client means by two places, in bytes or in bits, from the start or (if negative) from the end; nil if
    /// that is nothing.
    init?(_ start: Int64, _ end: Int64, inBits: Bool, count: Int) {
        guard let range = IndexRange(start, end, count: inBits ? count &* 8 : count) else { return nil }
        let unit = inBits ? 1 : 8
        first = range.first &* unit
        last = (range.first &+ range.count) &* unit &- 1
    }

    /// The same as BITPOS reads it: each place for itself is moved into the string, so that two places before it mean
    /// its beginning.
    init?(each start: Int64, _ end: Int64, inBits: Bool, count: Int) {
        let total = Int64(inBits ? count &* 8 : count)
        let start = start < 0 ? max(0, total &+ start) : start
        let end = min(end < 0 ? max(0, total &+ end) : end, total &- 1)
        self.init(start, end, inBits: inBits, count: count)
    }

    /// The bits of a byte that lie in the span.
    fileprivate func mask(of byte: Int) -> UInt8 {
        var mask: UInt8 = 0xFF
        if byte == first >> 3 { mask &= 0xFF >> UInt8(truncatingIfNeeded: first & 7) }
        if byte == last >> 3 { mask &= 0xFF << UInt8(truncatingIfNeeded: 7 - last & 7) }
        return mask
    }
}

extension Bytes {
    /// How many bits of the span are set.
    func onesCount(in span: BitSpan) -> Int {
        var byte = span.first >> 3
        let end = span.last >> 3
        var count = (self[byte] & span.mask(of: byte)).nonzeroBitCount
        guard byte < end else { return count }
        byte += 1
        while byte &+ 8 <= end {
            count &+= word(at: byte).nonzeroBitCount
            byte &+= 8
        }
        while byte < end {
            count &+= self[byte].nonzeroBitCount
            byte &+= 1
        }
        return count &+ (self[end] & span.mask(of: end)).nonzeroBitCount
    }

    /// The first bit of the span that is set (or clear), or nil.
    func firstBit(_ isSet: Bool, in span: BitSpan) -> Int? {
        let same: UInt64 = isSet ? 0 : .max
        var byte = span.first >> 3
        let end = span.last >> 3
        while byte <= end {
            // Eight bytes without such a bit are passed at once; masks matter at the ends only.
            if byte > span.first >> 3, byte &+ 8 <= end, word(at: byte) == same {
                byte &+= 8
                continue
            }
            let found = (isSet ? self[byte] : ~self[byte]) & span.mask(of: byte)
            if found != 0 { return byte &* 8 &+ found.leadingZeroBitCount }
            byte &+= 1
        }
        return nil
    }
}

extension Arguments {
    /// The number of a bit. With `width`, `#3` means the third field of that many bits.
    func bitOffset(_ index: Int, width: Int? = nil, longest: Int) throws(CommandError) -> Int {
        let text = self[index]
        let isField = width != nil && !text.isEmpty && text[0] == UInt8(ascii: "#")
        guard let number = text.dropping(first: isField ? 1 : 0).integer else { throw .badBitOffset }
        let (offset, overflows) = number.multipliedReportingOverflow(by: isField ? Int64(width ?? 1) : 1)
        guard !overflows, offset >= 0, offset >> 3 < longest else { throw .badBitOffset }
        return Int(offset)
    }
}

extension CommandError {
    fileprivate static var badBitOffset: CommandError { .because("ERR bit offset is not an integer or out of range") }
}
