// What stands between '%' and the letter of a format, and how numbers are laid out by it: as C's printf does it.

/// Flags, width and precision.
struct FormatSpecification {
    var isLeft = false, showsPlus = false, showsSpace = false, isAlternate = false, fillsZeros = false
    var width = 0
    var precision: Int?

    /// Sign, prefix and digits, filled up to the width. `body` appends so many bytes as were announced.
    func append(
        sign: UInt8?, prefix: StaticString = "", bodyCount: Int, allowsZeros: Bool, to builder: inout ByteBuilder,
        body: (inout ByteBuilder) -> Void
    ) {
        let padding = max(width - bodyCount - (sign == nil ? 0 : 1) - prefix.utf8CodeUnitCount, 0)
        let isZeros = fillsZeros && allowsZeros && !isLeft
        if !isLeft, !isZeros { builder.append(repeating: UInt8(ascii: " "), count: padding) }
        if let sign { builder.append(sign) }
        builder.append(prefix)
        if isZeros { builder.append(repeating: UInt8(ascii: "0"), count: padding) }
        body(&builder)
        if isLeft { builder.append(repeating: UInt8(ascii: " "), count: padding) }
    }

    private func sign(isNegative: Bool) -> UInt8? {
        if isNegative { return UInt8(ascii: "-") }
        return showsPlus ? UInt8(ascii: "+") : showsSpace ? UInt8(ascii: " ") : nil
    }

    // MARK: whole numbers

    /// %d
    func append(_ integer: Int, to builder: inout ByteBuilder) {
        append(
            magnitude: UInt64(integer.magnitude), radix: 10, isUpper: false, sign: sign(isNegative: integer < 0),
            prefix: "", to: &builder)
    }

    /// %o, %u, %x, %X
    func append(_ magnitude: UInt64, radix: UInt64, isUpper: Bool, to builder: inout ByteBuilder) {
        let prefix: StaticString = isAlternate && radix == 16 && magnitude > 0 ? (isUpper ? "0X" : "0x") : ""
        append(magnitude: magnitude, radix: radix, isUpper: isUpper, sign: nil, prefix: prefix, to: &builder)
    }

    private func append(
        magnitude: UInt64, radix: UInt64, isUpper: Bool, sign: UInt8?, prefix: StaticString,
        to builder: inout ByteBuilder
    ) {
        var digits = [24 of UInt8](repeating: 0x30)
        var count = 0
        var rest = magnitude
        while rest > 0, count < 24 {
            let digit = UInt8(truncatingIfNeeded: rest % radix)
            digits[count] = digit < 10 ? 0x30 &+ digit : (isUpper ? 0x37 : 0x57) &+ digit
            count += 1
            rest /= radix
        }
        var least = precision ?? 1
        if radix == 8, isAlternate { least = max(least, count + 1) }
        let zeros = max(least - count, 0)
        append(sign: sign, prefix: prefix, bodyCount: zeros + count, allowsZeros: precision == nil, to: &builder) {
            $0.append(repeating: 0x30, count: zeros)
            for index in stride(from: count - 1, through: 0, by: -1) { $0.append(digits[index]) }
        }
    }

    // MARK: doubles

    /// %e, %f, %g; `style` is the small letter.
    func append(_ number: Double, style: UInt8, isUpper: Bool, to builder: inout ByteBuilder) {
        let sign = sign(isNegative: number.sign == .minus)
        guard number.isFinite else {
            let text: StaticString = number.isNaN ? (isUpper ? "NAN" : "nan") : isUpper ? "INF" : "inf"
            append(sign: sign, bodyCount: 3, allowsZeros: false, to: &builder) { $0.append(text) }
            return
        }
        var precision = precision ?? 6
        let magnitude = number.magnitude
        if style == UInt8(ascii: "f") {
            if let digits = ShortDigits(magnitude, decimals: precision) {
                appendFixed(digits, decimals: precision, sign, to: &builder)
            } else {
                var digits = LongDigits(magnitude)
                digits.round(to: digits.point + precision)
                appendFixed(digits, decimals: precision, sign, to: &builder)
            }
            return
        }
        let isGeneral = style == UInt8(ascii: "g")
        if isGeneral { precision = max(precision, 1) - 1 }
        if let digits = ShortDigits(magnitude, significant: precision + 1) {
            appendRounded(digits, precision, isGeneral, isUpper, sign, to: &builder)
        } else {
            var digits = LongDigits(magnitude)
            digits.round(to: precision + 1)
            appendRounded(digits, precision, isGeneral, isUpper, sign, to: &builder)
        }
    }

    /// Digits that were rounded to one more than `precision`: as %e or as %g.
    private func appendRounded(
        _ digits: some DecimalDigits, _ precision: Int, _ isGeneral: Bool, _ isUpper: Bool, _ sign: UInt8?,
        to builder: inout ByteBuilder
    ) {
        let exponent = digits.count == 0 ? 0 : digits.point - 1
        guard isGeneral else {
            return appendScientific(digits, decimals: precision, exponent, isUpper, sign, to: &builder)
        }
        var shown = precision + 1
        if !isAlternate {
            shown = min(shown, max(digits.count, 1))
            while shown > 1, digits[shown - 1] == 0x30 { shown -= 1 }
        }
        if exponent < -4 || exponent > precision {
            appendScientific(digits, decimals: shown - 1, exponent, isUpper, sign, to: &builder)
        } else {
            appendFixed(digits, decimals: max(shown - 1 - exponent, 0), sign, to: &builder)
        }
    }

    private func appendFixed(
        _ digits: some DecimalDigits, decimals: Int, _ sign: UInt8?, to builder: inout ByteBuilder
    ) {
        let point = digits.count == 0 ? 0 : digits.point
        let hasPoint = decimals > 0 || isAlternate
        let count = max(point, 1) + (hasPoint ? 1 : 0) + decimals
        append(sign: sign, bodyCount: count, allowsZeros: true, to: &builder) {
            if point <= 0 { $0.append(0x30) }
            for index in 0..<max(point, 0) { $0.append(digits[index]) }
            if hasPoint { $0.append(UInt8(ascii: ".")) }
            for index in 0..<decimals { $0.append(digits[point + index]) }
        }
    }

    private func appendScientific(
        _ digits: some DecimalDigits, decimals: Int, _ exponent: Int, _ isUpper: Bool, _ sign: UInt8?,
        to builder: inout ByteBuilder
    ) {
        let hasPoint = decimals > 0 || isAlternate
        let count = 1 + (hasPoint ? 1 : 0) + decimals + (abs(exponent) < 100 ? 4 : 5)
        append(sign: sign, bodyCount: count, allowsZeros: true, to: &builder) {
            $0.append(digits[0])
            if hasPoint { $0.append(UInt8(ascii: ".")) }
            for index in 0..<decimals { $0.append(digits[index + 1]) }
            $0.append(isUpper ? UInt8(ascii: "E") : UInt8(ascii: "e"))
            $0.append(exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
            var power = ShortText()
            power.append(decimal: UInt64(abs(exponent)))
            if power.count < 2 { $0.append(0x30) }
            for index in 0..<power.count { $0.append(power[index]) }
        }
    }
}
