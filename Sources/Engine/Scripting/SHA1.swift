// SHA-1, as RFC 3174 defines it: the name of a script, and what `redis.sha1hex` answers. It names, it protects nothing.

/// A digest of 20 bytes. Scripts are found by it, so it is compared and hashed as it is.
struct SHA1: BitwiseCopyable, Hashable {
    private(set) var a: UInt32 = 0x6745_2301
    private(set) var b: UInt32 = 0xEFCD_AB89
    private(set) var c: UInt32 = 0x98BA_DCFE
    private(set) var d: UInt32 = 0x1032_5476
    private(set) var e: UInt32 = 0xC3D2_E1F0

    /// The digest of a message.
    ///
    /// - Complexity: O(`message.count`), without allocation.
    init(of message: Bytes) {
        var offset = 0
        while offset &+ 64 <= message.count {
            var block = Block(repeating: 0)
            for index in 0..<16 { block[index] = SHA1.bigEndian(message, offset &+ 4 &* index) }
            mix(&block)
            offset &+= 64
        }
        finish(message.dropping(first: offset), length: message.count)
    }

    /// The digest that 40 hexadecimal digits of either case show, or nil if these are not 40 hexadecimal digits.
    init?(hexadecimal digits: Bytes) {
        guard digits.count == 40 else { return nil }
        var words = InlineArray<5, UInt32>(repeating: 0)
        for index in 0..<40 {
            guard let digit = SHA1.value(ofDigit: digits[index]) else { return nil }
            words[index &>> 3] = words[index &>> 3] &<< 4 | digit
        }
        (a, b, c, d, e) = (words[0], words[1], words[2], words[3], words[4])
    }

    /// 40 lowercase hexadecimal digits.
    var hexadecimal: InlineArray<40, UInt8> {
        let words: InlineArray<5, UInt32> = [a, b, c, d, e]
        return InlineArray { index in
            let digit = UInt8(truncatingIfNeeded: words[index &>> 3] &>> UInt32(28 &- 4 &* (index & 7))) & 15
            return digit < 10 ? 0x30 &+ digit : 0x57 &+ digit
        }
    }

    /// Sixteen words of the message; the schedule grows in place.
    private typealias Block = InlineArray<16, UInt32>

    /// The rest of the message, a one bit, zeros, and the length in bits at the end of the last block.
    private mutating func finish(_ rest: Bytes, length: Int) {
        var block = Block(repeating: 0)
        for index in 0..<rest.count { SHA1.place(rest[index], at: index, of: &block) }
        SHA1.place(0x80, at: rest.count, of: &block)
        if rest.count >= 56 {
            mix(&block)
            block = Block(repeating: 0)
        }
        let bits = UInt64(length) &* 8
        block[14] = UInt32(truncatingIfNeeded: bits &>> 32)
        block[15] = UInt32(truncatingIfNeeded: bits)
        mix(&block)
    }

    @inline(__always) private static func place(_ byte: UInt8, at index: Int, of block: inout Block) {
        block[index &>> 2] |= UInt32(byte) &<< UInt32(24 &- 8 &* (index & 3))
    }

    @inline(__always) private static func bigEndian(_ message: Bytes, _ offset: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: message.halfWord(at: offset)).byteSwapped
    }

    private static func value(ofDigit digit: UInt8) -> UInt32? {
        switch digit {
        case 0x30...0x39: return UInt32(digit &- 0x30)
        case 0x41...0x46: return UInt32(digit &- 0x37)
        case 0x61...0x66: return UInt32(digit &- 0x57)
        default: return nil
        }
    }

    /// One block: four times twenty rounds.
    private mutating func mix(_ block: inout Block) {
        var state = self
        for round in 0..<20 {
            state.turn((state.b & state.c) | (~state.b & state.d), 0x5A82_7999, SHA1.word(round, &block))
        }
        for round in 20..<40 {
            state.turn(state.b ^ state.c ^ state.d, 0x6ED9_EBA1, SHA1.word(round, &block))
        }
        for round in 40..<60 {
            let majority = (state.b & state.c) | (state.b & state.d) | (state.c & state.d)
            state.turn(majority, 0x8F1B_BCDC, SHA1.word(round, &block))
        }
        for round in 60..<80 {
            state.turn(state.b ^ state.c ^ state.d, 0xCA62_C1D6, SHA1.word(round, &block))
        }
        a &+= state.a
        b &+= state.b
        c &+= state.c
        d &+= state.d
        e &+= state.e
    }

    /// The word of a round: from the sixteenth on, made of four before it.
    @inline(__always) private static func word(_ round: Int, _ block: inout Block) -> UInt32 {
        let place = round & 15
        if round >= 16 {
            let mixed = block[(round &+ 13) & 15] ^ block[(round &+ 8) & 15] ^ block[(round &+ 2) & 15] ^ block[place]
            block[place] = mixed &<< 1 | mixed &>> 31
        }
        return block[place]
    }

    @inline(__always) private mutating func turn(_ function: UInt32, _ constant: UInt32, _ word: UInt32) {
        let sum = (a &<< 5 | a &>> 27) &+ function &+ e &+ constant &+ word
        (e, d, c, b, a) = (d, c, b &<< 30 | b &>> 2, a, sum)
    }
}
