// XXH3 with 64 bits and seed 0, which DIGEST and the conditions IFDEQ and IFDNE tell values apart by, after the
// published description of the algorithm. Short texts are mixed by a few multiplications; long ones go in stripes of 64
// bytes into eight sums, which are scrambled after each block of 1024 bytes. It is no defence against chosen texts.

/// The digest of some bytes.
enum XXH3 {
    private static let prime32 = (0x9E37_79B1 as UInt64, 0x85EB_CA77 as UInt64, 0xC2B2_AE3D as UInt64)
    private static let prime64 = (
        0x9E37_79B1_85EB_CA87 as UInt64, 0xC2B2_AE3D_27D4_EB4F as UInt64, 0x1656_67B1_9E37_79F9 as UInt64,
        0x85EB_CA77_C2B2_AE63 as UInt64, 0x27D4_EB2F_1656_67C5 as UInt64
    )
    private static let mixer = (0x1656_6791_9E37_79F9 as UInt64, 0x9FB2_1C65_1E98_DF25 as UInt64)

    private static let stripe = 64
    private static let stripesPerBlock = 16

    /// The 192 bytes that texts are mixed with, as the algorithm gives them.
    private static let secret: InlineArray<24, UInt64> = [
        0xbe4b_a423_396c_feb8, 0x1cad_21f7_2c81_017c, 0xdb97_9083_e96d_d4de, 0x1f67_b3b7_a4a4_4072,
        0x78e5_c0cc_4ee6_79cb, 0x2172_ffcc_7dd0_5a82, 0x8e24_43f7_7446_08b8, 0x4c26_3a81_e690_35e0,
        0xcb00_c391_bb52_283c, 0xa32e_531b_8b65_d088, 0x4ef9_0da2_9748_6471, 0xd8ac_dea9_46ef_1938,
        0x3f34_9ce3_3f76_faa8, 0x1d4f_0bc7_c7bb_dcf9, 0x3159_b4cd_4be0_518a, 0x6473_78d9_c97e_9fc8,
        0xc3eb_d334_83ac_c5ea, 0xeb63_13fa_ffa0_81c5, 0x49da_f0b7_51dd_0d17, 0x9e68_d429_2655_16d3,
        0xfca1_477d_58be_162b, 0xce31_d07a_d1b8_f88f, 0x2804_1695_8f3a_cb45, 0x7e40_4bbb_cafb_d7af,
    ]

    static func digest(of text: Bytes) -> UInt64 {
        let table = secret
        let secret = unsafe Bytes(table.span.bytes)
        return switch text.count {
        case 0: finish64(secret.word(at: 56) ^ secret.word(at: 64))
        case 1...16: short(text, secret)
        case 17...240: medium(text, secret)
        default: long(text, secret)
        }
    }

    // MARK: Mixing

    /// The halves of the product of both, one upon the other.
    @inline(__always) private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }

    @inline(__always) private static func finish(_ sum: UInt64) -> UInt64 {
        var sum = sum
        sum ^= sum &>> 37
        sum &*= mixer.0
        return sum ^ (sum &>> 32)
    }

    @inline(__always) private static func finish64(_ sum: UInt64) -> UInt64 {
        var sum = sum
        sum ^= sum &>> 33
        sum &*= prime64.1
        sum ^= sum &>> 29
        sum &*= prime64.2
        return sum ^ (sum &>> 32)
    }

    @inline(__always) private static func rotate(_ word: UInt64, _ distance: UInt64) -> UInt64 {
        word &<< distance | word &>> (64 &- distance)
    }

    // MARK: Up to 240 bytes

    @inline(__always) private static func short(_ text: Bytes, _ secret: Bytes) -> UInt64 {
        let count = text.count, size = UInt64(truncatingIfNeeded: count)
        if count > 8 {
            let first = text.word(at: 0) ^ secret.word(at: 24) ^ secret.word(at: 32)
            let last = text.word(at: count &- 8) ^ secret.word(at: 40) ^ secret.word(at: 48)
            return finish(size &+ first.byteSwapped &+ last &+ fold(first, last))
        }
        if count >= 4 {
            let both = text.halfWord(at: count &- 4) &+ text.halfWord(at: 0) &<< 32
            var sum = both ^ secret.word(at: 8) ^ secret.word(at: 16)
            sum ^= rotate(sum, 49) ^ rotate(sum, 24)
            sum &*= mixer.1
            sum ^= (sum &>> 35) &+ size
            sum &*= mixer.1
            return sum ^ (sum &>> 28)
        }
        let letters = UInt64(text[0]) &<< 16 | UInt64(text[count &>> 1]) &<< 24 | UInt64(text[count &- 1])
        return finish64((letters | size &<< 8) ^ secret.halfWord(at: 0) ^ secret.halfWord(at: 4))
    }

    /// Sixteen bytes of the text with as many of the secret.
    @inline(__always)
    private static func mix(_ text: Bytes, _ offset: Int, _ secret: Bytes, _ place: Int) -> UInt64 {
        fold(
            text.word(at: offset) ^ secret.word(at: place), text.word(at: offset &+ 8) ^ secret.word(at: place &+ 8))
    }

    private static func medium(_ text: Bytes, _ secret: Bytes) -> UInt64 {
        let count = text.count
        var sum = UInt64(truncatingIfNeeded: count) &* prime64.0
        if count <= 128 {
            // Pairs from both ends towards the middle.
            var pair = (count &- 1) / 32
            while pair >= 0 {
                sum &+= mix(text, pair &* 16, secret, pair &* 32)
                sum &+= mix(text, count &- 16 &- pair &* 16, secret, pair &* 32 &+ 16)
                pair &-= 1
            }
            return finish(sum)
        }
        for piece in 0..<8 { sum &+= mix(text, piece &* 16, secret, piece &* 16) }
        sum = finish(sum)
        for piece in 8..<count / 16 { sum &+= mix(text, piece &* 16, secret, piece &* 16 &- 125) }
        return finish(sum &+ mix(text, count &- 16, secret, 119))
    }

    // MARK: More than that

    /// The eight sums.
    private struct Sums {
        var low = SIMD4(prime32.2, prime64.0, prime64.1, prime64.2)
        var high = SIMD4(prime64.3, prime32.1, prime64.4, prime32.0)

        /// Takes in one stripe.
        @inline(__always)
        mutating func add(_ text: Bytes, _ offset: Int, _ secret: Bytes, _ place: Int) {
            Sums.add(text.block(at: offset), secret.block(at: place), to: &low)
            Sums.add(text.block(at: offset &+ 32), secret.block(at: place &+ 32), to: &high)
        }

        @inline(__always)
        private static func add(_ text: SIMD4<UInt64>, _ secret: SIMD4<UInt64>, to sums: inout SIMD4<UInt64>) {
            let keyed = text ^ secret
            sums &+= SIMD4(text[1], text[0], text[3], text[2])
            sums &+= (keyed & SIMD4(repeating: 0xFFFF_FFFF)) &* (keyed &>> SIMD4(repeating: 32))
        }

        @inline(__always) mutating func scramble(_ secret: Bytes) {
            Sums.scramble(&low, secret.block(at: 128))
            Sums.scramble(&high, secret.block(at: 160))
        }

        @inline(__always)
        private static func scramble(_ sums: inout SIMD4<UInt64>, _ secret: SIMD4<UInt64>) {
            sums = (sums ^ (sums &>> SIMD4(repeating: 47)) ^ secret) &* SIMD4(repeating: prime32.0)
        }

        func merged(_ start: UInt64, _ secret: Bytes) -> UInt64 {
            var sum = start
            sum &+= fold(low[0] ^ secret.word(at: 11), low[1] ^ secret.word(at: 19))
            sum &+= fold(low[2] ^ secret.word(at: 27), low[3] ^ secret.word(at: 35))
            sum &+= fold(high[0] ^ secret.word(at: 43), high[1] ^ secret.word(at: 51))
            sum &+= fold(high[2] ^ secret.word(at: 59), high[3] ^ secret.word(at: 67))
            return finish(sum)
        }
    }

    @inline(never) private static func long(_ text: Bytes, _ secret: Bytes) -> UInt64 {
        let count = text.count
        var sums = Sums()
        var offset = 0, stripeOfBlock = 0
        // The last stripe ends with the text, and is taken in apart.
        while offset &+ stripe < count {
            sums.add(text, offset, secret, stripeOfBlock &* 8)
            offset &+= stripe
            stripeOfBlock &+= 1
            if stripeOfBlock == stripesPerBlock {
                sums.scramble(secret)
                stripeOfBlock = 0
            }
        }
        sums.add(text, count &- stripe, secret, 121)
        return sums.merged(UInt64(truncatingIfNeeded: count) &* prime64.0, secret)
    }
}

extension UInt64 {
    /// Lets `body` see sixteen hexadecimal digits, in small letters.
    func withHexadecimalText(_ body: (Bytes) -> Void) {
        let digits = InlineArray<16, UInt8> { index in
            let digit = UInt8(truncatingIfNeeded: self &>> UInt64(60 &- 4 &* index)) & 15
            return digit < 10 ? UInt8(ascii: "0") &+ digit : UInt8(ascii: "a") &+ (digit &- 10)
        }
        unsafe body(Bytes(digits.span.bytes))
    }
}

extension Bytes {
    /// Sixteen hexadecimal digits as a number; nil if one of them is none.
    var hexadecimalWord: UInt64? {
        guard count == 16 else { return nil }
        var value: UInt64 = 0
        for index in 0..<16 {
            guard let digit = self[index].hexadecimalDigit else { return nil }
            value = value &<< 4 | UInt64(digit)
        }
        return value
    }
}
