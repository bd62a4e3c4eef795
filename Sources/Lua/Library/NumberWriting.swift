// Numbers as text: %.14g as `tostring` writes them, and all that `string.format` can ask for.

extension NumberText {
    /// As `tostring` shows numbers.
    @inline(__always)
    static func write(_ number: Double) -> ShortText {
        let magnitude = number.magnitude
        if magnitude < 1e14, number == number.rounded(.towardZero) {
            var text = ShortText()
            if number.sign == .minus { text.append(UInt8(ascii: "-")) }
            text.append(decimal: UInt64(magnitude))
            return text
        }
        return write(number, significant: 14)
    }

    /// %.Ng, with N from 1 to 17.
    static func write(_ number: Double, significant: Int) -> ShortText {
        var text = ShortText()
        if number.sign == .minus { text.append(UInt8(ascii: "-")) }
        guard number.isFinite else {
            text.append(number.isNaN ? "nan" : "inf")
            return text
        }
        guard number != 0 else {
            text.append(UInt8(ascii: "0"))
            return text
        }
        if let digits = ShortDigits(number.magnitude, significant: significant) {
            write(digits, significant: significant, to: &text)
        } else {
            var digits = LongDigits(number.magnitude)
            digits.round(to: significant)
            write(digits, significant: significant, to: &text)
        }
        return text
    }

    private static func write(_ digits: some DecimalDigits, significant: Int, to text: inout ShortText) {
        var last = digits.count
        while last > 1, digits[last - 1] == 0x30 { last -= 1 }
        let exponent = digits.point - 1
        if exponent < -4 || exponent >= significant {
            text.append(digits[0])
            if last > 1 { text.append(UInt8(ascii: ".")) }
            for index in 1..<max(last, 1) { text.append(digits[index]) }
            text.append(UInt8(ascii: "e"))
            text.append(exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
            if abs(exponent) < 10 { text.append(UInt8(ascii: "0")) }
            text.append(decimal: UInt64(abs(exponent)))
        } else if exponent < 0 {
            text.append("0.")
            for _ in 0..<(-digits.point) { text.append(UInt8(ascii: "0")) }
            for index in 0..<last { text.append(digits[index]) }
        } else {
            for index in 0..<digits.point { text.append(digits[index]) }
            if last > digits.point { text.append(UInt8(ascii: ".")) }
            for index in digits.point..<max(last, digits.point) { text.append(digits[index]) }
        }
    }
}

extension Machine {
    /// As `tostring` shows numbers (%.14g).
    func append(number: Double, to builder: inout ByteBuilder) {
        let text = NumberText.write(number)
        for index in 0..<text.count { builder.append(text[index]) }
    }

    /// What concatenation takes a value for: a string itself, or a number's text; nil for others.
    public mutating func toString(_ value: Value) throws(Raised) -> Value? {
        if value.isString { return value }
        return value.isNumber ? try makeString(number: value.number) : nil
    }

    mutating func makeString(number: Double) throws(Raised) -> Value {
        let text = NumberText.write(number)
        return try makeString(text.span)
    }
}
