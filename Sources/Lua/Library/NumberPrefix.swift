// The number at the beginning of a text, and where it ends: what C's strtod reads, infinity, not-a-number and
// hexadecimal digits included.

import Platform

/// Reads numbers out of longer texts.
enum NumberPrefix {
    /// The number from `start` on and the position behind it, or nothing if there is none. Blanks are not passed over.
    ///
    /// - Complexity: O(*n*) for *n* digits and letters.
    static func read(_ text: Text, from start: Int) -> (number: Double, end: Int)? {
        var position = start
        let isNegative = byte(position, of: text) == UInt8(ascii: "-")
        if isNegative { position &+= 1 }
        let firstDigit = position
        var mantissa: UInt64 = 0
        while case let byte = byte(position, of: text), byte.isDigit, position &- firstDigit < 15 {
            mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
            position &+= 1
        }
        var digits = position &- firstDigit, fraction = 0
        if digits > 0 && byte(position, of: text) == UInt8(ascii: ".") {
            position &+= 1
            while case let byte = byte(position, of: text), byte.isDigit, digits < 15 {
                mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
                digits &+= 1
                fraction &+= 1
                position &+= 1
            }
        }
        // What goes on as a number, or did not begin as one, is the C library's.
        guard digits > 0, !isPart(byte(position, of: text)) else { return readSlowly(text, from: start) }
        let magnitude = Double(mantissa) / powers[fraction]
        return (isNegative ? -magnitude : magnitude, position)
    }

    /// The powers of ten by which up to fifteen digits are divided exactly.
    private static let powers: [16 of Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    private static func readSlowly(_ text: Text, from start: Int) -> (number: Double, end: Int)? {
        var end = start
        while isPart(byte(end, of: text)) { end &+= 1 }
        let (number, length) = FloatText.prefix(of: text.slice(start, end &- start).span)
        return length > 0 ? (number, start &+ length) : nil
    }

    /// Whether a number of any kind can go on with this byte.
    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "_"):
            return true
        default: return false
        }
    }

    @inline(__always) private static func byte(_ index: Int, of text: Text) -> UInt8 {
        index < text.count ? text[index] : 0
    }
}
