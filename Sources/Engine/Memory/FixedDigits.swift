// Numbers with a given count of digits behind the point, rounded exactly as C's printf rounds: coordinates and
// distances. No allocation for numbers of common size.

internal import Platform

extension Buffer {
    /// The value with `places` digits behind the point, at most 17; `trimming` drops the zeros at the end.
    mutating func append(fixed value: Double, places: Int, trimming: Bool = false) {
        precondition(places > 0 && places <= 17)
        guard value.magnitude < 0x1p62 else { return append(huge: value, places: places, trimming: trimming) }
        var (whole, fraction, scale) = value.magnitude.parts(places: places)
        if fraction == scale { (whole, fraction) = (whole &+ 1, 0) }
        if value.sign == .minus, !trimming || whole != 0 || fraction != 0 { append(byte: UInt8(ascii: "-")) }
        append(decimal: Int64(truncatingIfNeeded: whole))
        if trimming, fraction == 0 { return }
        append(byte: UInt8(ascii: "."))
        while !trimming && scale > 1 || fraction != 0 {
            scale /= 10
            let (digit, rest) = fraction.quotientAndRemainder(dividingBy: scale)
            append(byte: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit))
            fraction = rest
        }
    }

    /// Such numbers have no fraction, and may not even be finite.
    private mutating func append(huge value: Double, places: Int, trimming: Bool) {
        if value.isNaN { return append("nan") }
        append(array: ExtendedFloatText.digits(of: ExtendedFloat(value)))
        guard !trimming, value.isFinite else { return }
        append(byte: UInt8(ascii: "."))
        for _ in 0..<places { append(byte: UInt8(ascii: "0")) }
    }

    /// A distance: four digits behind the point, as Redis makes them, which is by rounding ten thousand times it.
    mutating func append(distance: Double) {
        let scaled = (distance * 10000).rounded(.toNearestOrEven)
        let number = Int64(exactly: scaled) ?? .min
        if number < 0 { append(byte: UInt8(ascii: "-")) }
        let (whole, fraction) = number.magnitude.quotientAndRemainder(dividingBy: 10000)
        append(decimal: Int64(truncatingIfNeeded: whole))
        append(byte: UInt8(ascii: "."))
        // One before the four digits keeps their zeros.
        let digits = Int64(truncatingIfNeeded: fraction &+ 10000)
        digits.withDecimalText { append($0.dropping(first: 1)) }
    }
}

extension Double {
    /// The whole part, and the fraction in units of 10^-`places`; `scale` is how many of them make one. The fraction
    /// may be rounded up to that. For numbers from 0 to 2^62.
    fileprivate func parts(places: Int) -> (whole: UInt64, fraction: UInt64, scale: UInt64) {
        var scale: UInt64 = 1
        for _ in 0..<places { scale &*= 10 }
        let whole = UInt64(self), rest = self - Double(whole)
        // The rest is bits / 2^shift; 53 bits times 57 bits are less than 128.
        let shift = 1075 - Int(rest.exponentBitPattern), isNormal = rest.exponentBitPattern > 0
        guard rest > 0, isNormal, shift < 120 else { return (whole, 0, scale) }
        let bits = rest.significandBitPattern | 1 &<< 52
        let product = UInt128(bits) &* UInt128(scale)
        let unit = UInt128(1) &<< UInt128(shift), quotient = product &>> UInt128(shift)
        let remainder = product & (unit &- 1), half = unit &>> 1
        let roundsUp = remainder > half || remainder == half && quotient & 1 == 1
        return (whole, UInt64(truncatingIfNeeded: quotient) &+ (roundsUp ? 1 : 0), scale)
    }
}
