// Digits of numbers: whatever they are, they read back as the same number.

import Testing

@testable import Engine

@Suite struct ShortestDigitsTests {
    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func theDigitsReadBackAsTheNumber(_ seed: UInt64) {
        var random = RandomSource(seed: seed), longer = 0
        for step in 0..<20_000 {
            let value =
                step % 2 == 0 ? Double(bitPattern: random.next() >> 1) : Double.random(in: 0...1000, using: &random)
            guard value.isFinite, value > 0 else { continue }
            var text = Buffer()
            text.append(double: value)
            let read = Double(String(decoding: text.contents.array, as: UTF8.self))
            #expect(read == value, "seed \(seed): \(value)")
            let digits = ShortestDigits(value)
            if digits.count > value.description.utf8.prefix(while: { $0 != UInt8(ascii: "e") }).count { longer += 1 }
        }
        #expect(longer < 100, "seed \(seed)")
    }

    @Test func shortDecimalsAreReadExactly() {
        var random = RandomSource(seed: 9)
        for _ in 0..<20_000 {
            let digits = String(random.next() >> UInt64.random(in: 11...60, using: &random))
            let text = digits + "." + String(UInt8.random(in: 0...99, using: &random))
            let read = PackedListTests.buffer(Array(text.utf8)).contents.double
            #expect(read == Double(text), "\(text)")
        }
    }
}
