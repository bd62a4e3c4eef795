// Counting and finding bits by blocks against doing it bit by bit.

import Testing

@testable import Engine

@Suite struct BitSpanTests {
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func blocksFindWhatSingleBitsWould(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for _ in 0..<400 {
            let size = Int.random(in: 1...700, using: &random), kind = Int.random(in: 0..<3, using: &random)
            var bytes = [UInt8](repeating: kind == 1 ? 0xFF : 0, count: size)
            if kind == 0 { for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &random) } }
            if kind > 0, size > 1 {
                bytes[Int.random(in: 0..<size, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            let first = Int64.random(in: 0..<Int64(size * 8), using: &random)
            let last = Int64.random(in: first..<Int64(size * 8), using: &random)
            let bits = (Int(first)...Int(last)).map { bytes[$0 / 8] >> UInt8(7 - $0 % 8) & 1 == 1 }
            let comment: Comment = "seed \(seed), \(size) bytes of kind \(kind), bits \(first) to \(last)"
            guard let span = BitSpan(first, last, inBits: true, count: size) else {
                Issue.record(comment)
                continue
            }
            let (count, one, zero) = withBytes(of: bytes) {
                ($0.onesCount(in: span), $0.firstBit(true, in: span), $0.firstBit(false, in: span))
            }
            #expect(count == bits.count { $0 }, comment)
            #expect(one == bits.firstIndex(of: true).map { $0 + Int(first) }, comment)
            #expect(zero == bits.firstIndex(of: false).map { $0 + Int(first) }, comment)
        }
    }
}
