// Numbers as text, beside the C library's own %.14g and strtod.

import Foundation
import Testing

@testable import Lua

@Suite struct NumberTextTests {
    private func text(_ number: Double, _ digits: Int = 14) -> String {
        let text = digits == 14 ? NumberText.write(number) : NumberText.write(number, significant: digits)
        return String(decoding: (0..<text.count).map { text[$0] }, as: UTF8.self)
    }

    /// Doubles of all kinds: any bits, whole ones, fractions that lie between two decimals, and what scripts mostly
    /// have.
    private func samples(_ seed: UInt64, _ body: (Double) -> Void) {
        var state = seed
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for _ in 0..<20_000 {
            body(Double(bitPattern: next()))
            let whole = Double(Int64(bitPattern: next()) >> Int64(next() % 64))
            for number in [whole, whole / 64, whole / 1000, whole * 1e15, Double(next() % 1_000_000) / 100] {
                body(number)
            }
            body(Double(next() % 1_000_000_000_000_000) * 0.5)
        }
    }

    @Test(arguments: [1, 5, 14, 15, 16, 17]) func digitsAreThoseOfTheCLibrary(_ digits: Int) {
        var differences: [String] = []
        samples(UInt64(digits) * 7919) { number in
            let theirs = String(format: "%.\(digits)g", number)
            // Foundation writes no sign of NaN.
            if number.isNaN { return }
            let ours = text(number, digits)
            if ours != theirs { differences.append("\(number): \(ours), not \(theirs)") }
        }
        #expect(differences.prefix(10) == [])
    }

    @Test func whatIsWrittenIsRead() {
        samples(99) { number in
            guard number.isFinite else { return }
            let bytes = Array(text(number, 17).utf8)
            let value = unsafe bytes.withUnsafeBytes { bytes in
                unsafe bytes.baseAddress.flatMap { unsafe NumberText.read(Text(unsafeStart: $0, count: bytes.count)) }
            }
            #expect(value == number)
        }
    }
}
