// The digests of RFC 3174, and those of every length around a block's end.

import Testing

@testable import Engine

@Suite struct SHA1Tests {
    private func digits(_ message: [UInt8]) -> String {
        let digits = withBytes(of: message) { SHA1(of: $0).hexadecimal }
        return String(decoding: digits.indices.map { digits[$0] }, as: UTF8.self)
    }

    @Test func theDigestsOfTheStandardComeOut() {
        #expect(digits([]) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(digits(Array("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        let two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
        #expect(digits(Array(two.utf8)) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        #expect(digits([UInt8](repeating: 0x61, count: 1_000_000)) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
        let octets = String(repeating: "0123456701234567012345670123456701234567012345670123456701234567", count: 10)
        #expect(digits(Array(octets.utf8)) == "dea356a2cddd90c7a7ecedc5ebb563934f460452")
    }

    /// The digests of all lengths from 0 to 199, digested again: what sha1sum says of their digits, one after the
    /// other.
    @Test func theEndOfABlockIsNoSpecialPlace() {
        var all: [UInt8] = []
        for length in 0..<200 { all += Array(digits([UInt8](repeating: 0x78, count: length)).utf8) }
        #expect(digits(all) == "f024a06f9df4db3a81e536a8d16895eb9a9defb5")
    }

    @Test func aDigestIsReadBackFromItsDigits() {
        let digest = withBytes(of: Array("return 1".utf8)) { SHA1(of: $0) }
        #expect(SHA1(hexadecimal: Bytes("e0e1f9fabfc9d4800c877a703b823ac0578ff8db")) == digest)
        #expect(SHA1(hexadecimal: Bytes("E0E1F9FABFC9D4800C877A703B823AC0578FF8DB")) == digest)
        #expect(SHA1(hexadecimal: Bytes("e0e1f9fabfc9d4800c877a703b823ac0578ff8d")) == nil)
        #expect(SHA1(hexadecimal: Bytes("g0e1f9fabfc9d4800c877a703b823ac0578ff8db")) == nil)
    }
}
