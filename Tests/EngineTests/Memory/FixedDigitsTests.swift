// Digits behind the point against those of the C library.

import Platform
import Testing

@testable import Engine

@Suite struct FixedDigitsTests {
    private static func text(_ value: Double, places: Int, trimming: Bool = false) -> String {
        var buffer = Buffer()
        buffer.append(fixed: value, places: places, trimming: trimming)
        return buffer.contents.text
    }

    private static func distance(_ value: Double) -> String {
        var buffer = Buffer()
        buffer.append(distance: value)
        return buffer.contents.text
    }

    @Test func knownNumbers() {
        #expect(FixedDigitsTests.text(181, places: 6) == "181.000000")
        #expect(FixedDigitsTests.text(-0.5, places: 6) == "-0.500000")
        #expect(FixedDigitsTests.text(0.9999999, places: 6) == "1.000000")
        #expect(FixedDigitsTests.text(0.0000005, places: 6) == "0.000000")
        #expect(FixedDigitsTests.text(1e20, places: 6) == "100000000000000000000.000000")
        #expect(FixedDigitsTests.text(-.infinity, places: 6) == "-inf")
        #expect(FixedDigitsTests.text(-1e-30, places: 17, trimming: true) == "0")
        #expect(FixedDigitsTests.text(-0.0, places: 6) == "-0.000000")
    }

    @Test func knownDistances() {
        #expect(FixedDigitsTests.distance(166274.15156) == "166274.1516")
        #expect(FixedDigitsTests.distance(0) == "0.0000")
        #expect(FixedDigitsTests.distance(0.00005) == "0.0000")
        #expect(FixedDigitsTests.distance(0.00025) == "0.0002")
        #expect(FixedDigitsTests.distance(.nan) == "-922337203685477.5808")
    }

    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func seventeenDigitsAreThoseOfTheCLibrary(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for _ in 0..<20000 {
            let significand = Double.random(in: -2...2, using: &random)
            let value =
                significand * Double(sign: .plus, exponent: Int.random(in: -90...63, using: &random), significand: 1)
            let expected = String(decoding: ExtendedFloatText.digits(of: ExtendedFloat(value)), as: UTF8.self)
            #expect(FixedDigitsTests.text(value, places: 17, trimming: true) == expected, "seed \(seed), \(value)")
        }
    }
}
