// Floating-point numbers as Redis reads and writes them.
//
// Reading: what C's `strtod` takes, without blanks around it, and never NaN. Writing: the shortest digits that read
// back as the same number, laid out as Redis 7.2 does.

internal import Platform

extension Bytes {
    /// The bytes as a number of the machine's widest kind.
    var extendedFloat: ExtendedFloat? { ExtendedFloatText.parse(span) }

    /// The bytes up to the first NUL as what C's `strtod` makes of them: blanks before the number, and nothing at all
    /// for zero; but nothing that is too small to be exact.
    var libraryDouble: Double? { FloatText.parse(span) }

    /// The bytes as a number; `inf`, `infinity` with a sign as well, in any case.
    var double: Double? {
        if let integer = integer, integer.magnitude < 1 << 53 { return Double(integer) }
        guard count > 0, count <= 512 else { return nil }
        if let short = shortDecimal { return short }
        guard isPlainNumber else { return special }
        guard let value = Double(String(decoding: array, as: UTF8.self)), !value.isNaN else { return nil }
        // What is too large for a number, or so small that nothing is left, is refused.
        return value.isInfinite || value == 0 && hasSignificantDigit ? nil : value
    }

    /// Digits, perhaps with a point: few enough that all of them fit in a number, and one division is exact.
    private var shortDecimal: Double? {
        guard count <= 19 else { return nil }
        let isNegative = self[0] == UInt8(ascii: "-")
        var mantissa: UInt64 = 0, scale = 1.0, digits = 0, isBehindPoint = false
        var index = isNegative || self[0] == UInt8(ascii: "+") ? 1 : 0
        while index < count {
            let digit = self[index] &- UInt8(ascii: "0")
            index &+= 1
            if digit <= 9 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                digits &+= 1
                if isBehindPoint { scale *= 10 }
            } else {
                guard !isBehindPoint, digit == UInt8(ascii: ".") &- UInt8(ascii: "0") else { return nil }
                isBehindPoint = true
            }
        }
        guard digits > 0, mantissa < 1 << 53 else { return nil }
        let value = Double(mantissa) / scale
        return isNegative ? -value : value
    }

    /// Only the bytes that decimal and hexadecimal numbers are made of.
    private var isPlainNumber: Bool {
        for index in 0..<count {
            switch self[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "p"),
                UInt8(ascii: "P"),
                UInt8(ascii: "a")...UInt8(ascii: "d"), UInt8(ascii: "A")...UInt8(ascii: "D"), UInt8(ascii: "f"),
                UInt8(ascii: "F"):
                continue
            default: return false
            }
        }
        return true
    }

    /// A digit other than zero in front of the exponent.
    private var hasSignificantDigit: Bool {
        for index in 0..<count {
            switch self[index] {
            case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "p"), UInt8(ascii: "P"): return false
            case UInt8(ascii: "1")...UInt8(ascii: "9"): return true
            default: continue
            }
        }
        return false
    }

    private var special: Double? {
        let isSigned = self[0] == UInt8(ascii: "-") || self[0] == UInt8(ascii: "+")
        let name = FoldedName(dropping(first: isSigned ? 1 : 0))
        guard name == FoldedName("inf") || name == FoldedName("infinity") else { return nil }
        return self[0] == UInt8(ascii: "-") ? -.infinity : .infinity
    }
}

extension Double {
    /// The number as an integer, if it is written as one.
    @inline(__always) var plainInteger: Int64? {
        guard magnitude <= 0x1p62, case let integer = Int64(self), Double(integer) == self else { return nil }
        return integer != 0 || sign == .plus ? integer : nil
    }
}

extension Buffer {
    /// The shortest text that reads back as `value`.
    mutating func append(double value: Double) {
        if value.isNaN { return append("nan") }
        if value.isInfinite { return append(value < 0 ? "-inf" : "inf") }
        if let integer = value.plainInteger { return append(decimal: integer) }
        if value == 0 { return append("-0") }
        if value.sign == .minus { append(byte: UInt8(ascii: "-")) }
        layOut(ShortestDigits(value.magnitude))
    }

    /// Plain where that is short, with an exponent where it is not.
    private mutating func layOut(_ digits: ShortestDigits) {
        let power = digits.power, lead = power + digits.count - 1
        if power >= 0, lead < digits.count + 7 {
            for index in 0..<digits.count { append(byte: digits.bytes[index]) }
            for _ in 0..<power { append(byte: UInt8(ascii: "0")) }
        } else if power < 0, power > -7 || lead.magnitude < 4 {
            if lead < 0 { append("0.") }
            for _ in 0..<max(-lead - 1, 0) { append(byte: UInt8(ascii: "0")) }
            for index in 0..<digits.count {
                if lead >= 0, index == lead + 1 { append(byte: UInt8(ascii: ".")) }
                append(byte: digits.bytes[index])
            }
        } else {
            append(byte: digits.bytes[0])
            if digits.count > 1 { append(byte: UInt8(ascii: ".")) }
            for index in 1..<max(digits.count, 1) { append(byte: digits.bytes[index]) }
            append(lead < 0 ? "e-" : "e+")
            append(decimal: Int64(lead.magnitude))
        }
    }
}
