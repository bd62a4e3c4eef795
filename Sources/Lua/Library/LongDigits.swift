// All digits of a double, however many: for formats that ask for more than 18, and numbers far from 1.

/// Every digit of the exact value, or as many as it was rounded to. A double has 767 at most.
struct LongDigits: DecimalDigits {
    private var digits: [UInt8] = []
    private(set) var point = 0

    var count: Int { digits.count }
    subscript(index: Int) -> UInt8 { index >= 0 && index < digits.count ? digits[index] : 0x30 }

    /// `magnitude` is finite and not negative.
    ///
    /// m × 2^e is a whole number if e >= 0, and else m × 5^-e × 10^e. Whole numbers are kept in limbs of nine digits.
    init(_ magnitude: Double) {
        guard magnitude > 0, magnitude.isFinite else { return }
        let isNormal = magnitude.isNormal
        let significand = magnitude.significandBitPattern | (isNormal ? 1 << 52 : 0)
        let exponent = Int(magnitude.exponentBitPattern) - 1075 + (isNormal ? 0 : 1)
        let base: UInt64 = 1_000_000_000
        var limbs = [significand % base, significand / base]
        var left = abs(exponent)
        while left > 0 {
            let step = min(left, exponent > 0 ? 32 : 13)
            var factor: UInt64 = 1
            for _ in 0..<step { factor &*= exponent > 0 ? 2 : 5 }
            var carry: UInt64 = 0
            for index in limbs.indices {
                let product = limbs[index] &* factor &+ carry
                limbs[index] = product % base
                carry = product / base
            }
            while carry > 0 {
                limbs.append(carry % base)
                carry /= base
            }
            left -= step
        }
        digits.reserveCapacity(limbs.count * 9)
        for limb in limbs.reversed() {
            var divisor = base / 10
            while divisor > 0 {
                let digit = limb / divisor % 10
                if digit > 0 || !digits.isEmpty { digits.append(0x30 &+ UInt8(truncatingIfNeeded: digit)) }
                divisor /= 10
            }
        }
        point = digits.count + min(exponent, 0)
    }

    /// Keeps so many digits (none or fewer: what is left is 0 or the next power of ten), ties to even.
    mutating func round(to kept: Int) {
        guard kept < digits.count else { return }
        guard kept >= 0 else {
            digits = []
            return
        }
        let next = digits[kept]
        let isTie = next == 0x35 && !digits[(kept + 1)...].contains { $0 != 0x30 }
        let isOdd = kept > 0 && digits[kept - 1] & 1 == 1
        let isUp = next > 0x35 || (next == 0x35 && (!isTie || isOdd))
        digits.removeSubrange(kept...)
        guard isUp else { return }
        var index = kept - 1
        while index >= 0 {
            if digits[index] < 0x39 {
                digits[index] += 1
                return
            }
            digits[index] = 0x30
            index -= 1
        }
        digits.insert(0x31, at: 0)
        point += 1
    }
}
