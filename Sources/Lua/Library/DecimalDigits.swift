// The decimal digits of doubles, exactly: what %.14g and all other formats are written from. Doubles of usual size are
// scaled in 128 bits and rounded once; all others are written out in full, however long, and then rounded.

/// The digits of a number that is not negative: 0.d0 d1 d2 … × 10^point. Zero has no digits.
protocol DecimalDigits {
    var count: Int { get }
    var point: Int { get }
    /// An ASCII digit; zero behind the last one.
    subscript(index: Int) -> UInt8 { get }
}

/// Up to 20 digits, of a number rounded to them.
struct ShortDigits: DecimalDigits {
    private var digits: [20 of UInt8] = [20 of UInt8](repeating: 0x30)
    private(set) var count = 0
    private(set) var point = 0

    subscript(index: Int) -> UInt8 { index >= 0 && index < count ? digits[index] : 0x30 }

    /// The digits of `value` × 10^-scale.
    init(_ value: UInt64, scale: Int) {
        var rest = value
        var length = 0
        while rest > 0 {
            rest /= 10
            length += 1
        }
        rest = value
        for index in stride(from: length - 1, through: 0, by: -1) {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            digits[index] = 0x30 &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        count = length
        point = length - scale
    }

    /// Rounded to so many significant digits (1 to 18), ties to even; nil where 128 bits do not suffice.
    init?(_ magnitude: Double, significant: Int) {
        guard magnitude > 0, magnitude.isFinite, significant > 0, significant <= 18 else { return nil }
        // The decimal exponent from the binary one; at most one too large or too small.
        var scale = significant - 1 - ((Int(magnitude.exponent) * 1233) >> 12)
        let limit = ShortDigits.power(significant)
        for _ in 0..<3 {
            guard let scaled = ShortDigits.scale(magnitude, by: scale) else { return nil }
            if scaled >= limit {
                scale -= 1
            } else if scaled < limit / 10 {
                scale += 1
            } else {
                self.init(scaled, scale: scale)
                return
            }
        }
        return nil
    }

    /// Rounded to so many digits behind the point, ties to even; nil where 128 bits do not suffice.
    init?(_ magnitude: Double, decimals: Int) {
        guard magnitude > 0, decimals <= 22, let scaled = ShortDigits.scale(magnitude, by: decimals) else { return nil }
        self.init(scaled, scale: decimals)
    }

    private static func power(_ exponent: Int) -> UInt64 { UInt64(truncatingIfNeeded: power128(exponent)) }

    /// 10^exponent, for 0 to 22.
    private static func power128(_ exponent: Int) -> UInt128 {
        var power: UInt128 = 1
        for _ in 0..<exponent { power &*= 10 }
        return power
    }

    /// magnitude × 10^scale, rounded to a whole number, ties to even.
    private static func scale(_ magnitude: Double, by scale: Int) -> UInt64? {
        guard scale >= -22, scale <= 22, magnitude < 0x1p127 else { return nil }
        let isNormal = magnitude.isNormal
        let significand = UInt128(magnitude.significandBitPattern) | (isNormal ? 1 << 52 : 0)
        let exponent = Int(magnitude.exponentBitPattern) - 1075 + (isNormal ? 0 : 1)
        var numerator = significand
        var quotient: UInt128
        var isAboveHalf: Bool
        var isHalf: Bool
        if scale >= 0 {
            numerator &*= power128(scale)
            if exponent >= 0 {
                guard exponent < numerator.leadingZeroBitCount else { return nil }
                return UInt64(exactly: numerator << UInt128(exponent))
            }
            guard exponent > -128 else { return 0 }
            let rest = numerator & ((1 << UInt128(-exponent)) &- 1)
            quotient = numerator >> UInt128(-exponent)
            let half: UInt128 = 1 << UInt128(-exponent - 1)
            isAboveHalf = rest > half
            isHalf = rest == half
        } else {
            var divisor = power128(-scale)
            if exponent >= 0 {
                guard exponent < numerator.leadingZeroBitCount else { return nil }
                numerator <<= UInt128(exponent)
            } else {
                guard -exponent < divisor.leadingZeroBitCount - 1 else { return nil }
                divisor <<= UInt128(-exponent)
            }
            let rest: UInt128
            (quotient, rest) = numerator.quotientAndRemainder(dividingBy: divisor)
            isAboveHalf = rest > divisor &- rest
            isHalf = rest == divisor &- rest
        }
        if isAboveHalf || (isHalf && quotient & 1 == 1) { quotient &+= 1 }
        return UInt64(exactly: quotient)
    }
}
