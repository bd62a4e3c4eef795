// Numbers from text, as 5.1 reads them: what the C library's strtod takes, with blanks around it, up to the first NUL.

import Platform

/// Text as numbers.
enum NumberText {
    /// The powers of ten that are exact as doubles.
    private static let exactPowers: [22 of Double] = [
        1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
        1e21, 1e22,
    ]

    /// All of the text as a number, or nil.
    static func read(_ text: Text) -> Double? {
        var index = skipBlanks(text, from: 0)
        guard index < text.count else { return nil }
        let start = index
        let isNegative = text[index] == UInt8(ascii: "-")
        if isNegative || text[index] == UInt8(ascii: "+") { index += 1 }
        var mantissa: UInt64 = 0
        var digits = 0
        var exponent = 0
        while index < text.count, text[index].isDigit, digits < 18 {
            mantissa = mantissa &* 10 &+ UInt64(text[index] &- 0x30)
            digits += 1
            index += 1
        }
        if index < text.count, text[index] == UInt8(ascii: "."), digits < 18 {
            index += 1
            while index < text.count, text[index].isDigit, digits < 18 {
                mantissa = mantissa &* 10 &+ UInt64(text[index] &- 0x30)
                digits += 1
                exponent -= 1
                index += 1
            }
        }
        guard digits > 0, mantissa <= 1 << 53, exponent >= -22, isEnd(text, at: index) else {
            return readSlowly(text, from: start)
        }
        var value = Double(mantissa)
        if exponent < 0 { value /= exactPowers[-exponent - 1] }
        return isNegative ? -value : value
    }

    /// What is rare: exponents, many digits, hexadecimal, infinity.
    private static func readSlowly(_ text: Text, from start: Int) -> Double? {
        switch text[start] | 0x20 {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "i"), UInt8(ascii: "n"), UInt8(ascii: "."),
            UInt8(ascii: "+") | 0x20, UInt8(ascii: "-") | 0x20:
            break
        default: return nil
        }
        let (value, length) = FloatText.prefix(of: text.slice(start, text.count - start).span)
        return length > 0 && isEnd(text, at: start + length) ? value : nil
    }

    /// All of the text as a whole number in a base from 2 to 36, as strtoul reads it: a sign wraps around, and what is
    /// too large is the largest.
    static func read(_ text: Text, base: Int) -> Double? {
        var index = skipBlanks(text, from: 0)
        guard index < text.count else { return nil }
        let isNegative = text[index] == UInt8(ascii: "-")
        if isNegative || text[index] == UInt8(ascii: "+") { index += 1 }
        if base == 16, index + 2 < text.count, text[index] == UInt8(ascii: "0"),
            text[index + 1] | 0x20 == UInt8(ascii: "x"), text[index + 2].isHexadecimal
        {
            index += 2
        }
        var value: UInt64 = 0
        var digits = 0
        var isOverrun = false
        while index < text.count, Int(text[index].digitValue) < base {
            let (high, product) = value.multipliedFullWidth(by: UInt64(truncatingIfNeeded: base))
            let (sum, carry) = product.addingReportingOverflow(UInt64(text[index].digitValue))
            isOverrun = isOverrun || high != 0 || carry
            value = sum
            digits += 1
            index += 1
        }
        guard digits > 0, isEnd(text, at: index) else { return nil }
        return Double(isOverrun ? UInt64.max : isNegative ? 0 &- value : value)
    }

    private static func skipBlanks(_ text: Text, from start: Int) -> Int {
        var index = start
        while index < text.count, text[index].isBlank { index += 1 }
        return index
    }

    /// Whether nothing but blanks follows, up to a NUL.
    private static func isEnd(_ text: Text, at index: Int) -> Bool {
        if index == text.count { return true }
        let end = skipBlanks(text, from: index)
        return end == text.count || text[end] == 0
    }
}

extension Machine {
    /// What arithmetic takes a value for: a number, or a string that reads as one (blanks around it, hexadecimal as
    /// strtod reads it).
    public func toNumber(_ value: Value) -> Double? {
        if value.isNumber { return value.number }
        return value.isString ? NumberText.read(text(of: value)) : nil
    }
}
