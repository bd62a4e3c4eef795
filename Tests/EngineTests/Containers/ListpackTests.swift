// Listpacks: what is written is read again, is spelled as Redis spells it, and damage is noticed without a trap.

import Testing

@testable import Engine

@Suite struct ListpackTests {
    static func bytes(of writer: borrowing ListpackWriter) -> [UInt8] { writer.contents.array }

    static func texts(_ array: [UInt8]) -> [String]? {
        withBytes(of: array) { bytes in
            guard let pack = Listpack(checking: bytes) else { return nil }
            var found: [String] = []
            pack.forEach { element in element.withBytes { found.append($0.text) } }
            return found.count == pack.count ? found : nil
        }
    }

    static func write(_ texts: [String]) -> [UInt8] {
        var writer = ListpackWriter()
        for text in texts { withBytes(of: Array(text.utf8)) { writer.append($0) } }
        return bytes(of: writer)
    }

    @Test func elementsAreSpelledAsRedisSpellsThem() {
        #expect(ListpackTests.write([]) == [7, 0, 0, 0, 0, 0, 0xFF])
        // Small integer, 13 bits, 16 bits, a short string.
        #expect(
            ListpackTests.write(["1", "-1", "4096", "ab"]) == [
                7 + 2 + 3 + 4 + 4, 0, 0, 0, 4, 0, 1, 1, 0xDF, 0xFF, 2, 0xF1, 0x00, 0x10, 3, 0x82, 0x61, 0x62, 3, 0xFF,
            ])
    }

    @Test func whatIsWrittenIsReadAgain() {
        var texts = ["", "0", "127", "128", "-4096", "4095", "32767", "-32769", "8388607", "-2147483648"]
        texts += ["9223372036854775807", "-9223372036854775808", "9223372036854775808", "-0", "007", " 1"]
        for size in [1, 62, 63, 64, 125, 126, 127, 4094, 4095, 4096, 16_377, 16_378, 16_379, 2_097_150, 2_097_152] {
            texts.append(String(repeating: "x", count: size))
        }
        #expect(ListpackTests.texts(ListpackTests.write(texts)) == texts)
    }

    @Test func manyElementsAreCountedThoughTheHeaderCannot() {
        let texts = (0..<70_000).map(String.init)
        let array = ListpackTests.write(texts)
        #expect(array[4] == 0xFF && array[5] == 0xFF)
        #expect(ListpackTests.texts(array) == texts)
    }

    @Test func positionsLeadBothWays() {
        let array = ListpackTests.write(["a", "12", String(repeating: "y", count: 200), "", "99999"])
        let isEqual = withBytes(of: array) { bytes -> Bool in
            guard let pack = Listpack(checking: bytes) else { return false }
            var forwards: [Int] = [], backwards: [Int] = []
            var position = pack.first
            while position < pack.end {
                forwards.append(position)
                position = pack.next(position)
            }
            while position > pack.first {
                unsafe position = Listpack.previous(bytes.start, position)
                backwards.append(position)
            }
            return forwards == backwards.reversed()
        }
        #expect(isEqual)
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func damageIsNoticedOrHarmless(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        let sample = ListpackTests.write(["field", "1", "-77", "123456", String(repeating: "z", count: 300), "", "end"])
        for _ in 0..<20_000 {
            var array = sample
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: array.removeLast(min(array.count, Int.random(in: 1...4, using: &random)))
                case 1: array.append(UInt8.random(in: 0...255, using: &random))
                default:
                    if array.isEmpty { break }
                    array[Int.random(in: 0..<array.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
            }
            // Whatever is accepted can be read to its end.
            _ = ListpackTests.texts(array)
        }
    }

    @Test func nothingIsReadFromTooFewBytes() {
        for count in 0..<7 { #expect(ListpackTests.texts(Array(repeating: 0xFF, count: count)) == nil) }
        // A string that claims 4 GiB.
        #expect(ListpackTests.texts([12, 0, 0, 0, 1, 0, 0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) == nil)
        #expect(ListpackTests.texts([13, 0, 0, 0, 1, 0, 0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0xFF]) == nil)
    }
}
