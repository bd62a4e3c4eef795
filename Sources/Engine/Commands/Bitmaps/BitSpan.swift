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
        count &+= onesCountInBlocks(&byte, before: end)
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

    /// How many bits are set in the whole 128 bytes from `byte` on; moves it behind them. Blocks are added bit by bit,
    /// with carries, so that only every fourth is counted.
    private func onesCountInBlocks(_ byte: inout Int, before end: Int) -> Int {
        var ones = SIMD4<UInt64>(), twos = SIMD4<UInt64>(), fours = SIMD4<UInt64>()
        while byte &+ 128 <= end {
            let first = ones.add(block(at: byte), block(at: byte &+ 32))
            let second = ones.add(block(at: byte &+ 64), block(at: byte &+ 96))
            fours &+= twos.add(first, second).onesInEachWord
            byte &+= 128
        }
        return Int(truncatingIfNeeded: fours.wrappedSum()) &* 4
            &+ Int(truncatingIfNeeded: twos.onesInEachWord.wrappedSum()) &* 2
            &+ Int(truncatingIfNeeded: ones.onesInEachWord.wrappedSum())
    }

    /// The first bit of the span that is set (or clear), or nil.
    func firstBit(_ isSet: Bool, in span: BitSpan) -> Int? {
        let same: UInt64 = isSet ? 0 : .max
        var byte = span.first >> 3
        let end = span.last >> 3
        while byte <= end {
            // Bytes without such a bit are passed many at once; masks matter at the ends only.
            if byte > span.first >> 3, byte &+ 8 <= end, word(at: byte) == same {
                byte &+= 8
                while byte &+ 32 <= end, block(at: byte).isAll(same) { byte &+= 32 }
                continue
            }
            let found = (isSet ? self[byte] : ~self[byte]) & span.mask(of: byte)
            if found != 0 { return byte &* 8 &+ found.leadingZeroBitCount }
            byte &+= 1
        }
        return nil
    }
}

extension SIMD4<UInt64> {
    /// Adds two numbers of one bit to each bit; what is left is the sum's lower bit, and the carry is the answer.
    @inline(__always) fileprivate mutating func add(_ one: Self, _ other: Self) -> Self {
        let both = self ^ one, carry = (self & one) | (both & other)
        self = both ^ other
        return carry
    }

    /// How many bits are set in each of the four words.
    @inline(__always) fileprivate var onesInEachWord: Self {
        var count = self &- ((self &>> 1) & Self(repeating: 0x5555_5555_5555_5555))
        let pairs = Self(repeating: 0x3333_3333_3333_3333)
        count = (count & pairs) &+ ((count &>> 2) & pairs)
        count = (count &+ (count &>> 4)) & Self(repeating: 0x0F0F_0F0F_0F0F_0F0F)
        count = count &+ (count &>> 8)
        count = count &+ (count &>> 16)
        return (count &+ (count &>> 32)) & Self(repeating: 0xFF)
    }

    /// All four words are this one.
    @inline(__always) fileprivate func isAll(_ word: UInt64) -> Bool {
        let difference = self ^ Self(repeating: word)
        return (difference.lowHalf | difference.highHalf) == SIMD2<UInt64>()
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
