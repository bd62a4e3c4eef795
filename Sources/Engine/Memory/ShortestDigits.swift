// The digits of a floating-point number, by the method of Florian Loitsch's Grisu2 ("Printing floating-point numbers
// quickly and accurately with integers", 2010). They read back as the same number and are nearly always the fewest that
// do; in the one case of a thousand where they are not, they are still those that Redis shows.

/// Decimal digits of a positive number: `digits × 10^power`.
struct ShortestDigits {
    private(set) var bytes = InlineArray<24, UInt8>(repeating: 0)
    private(set) var count = 0
    private(set) var power = 0

    /// A number as `fraction × 2^exponent`, with 64 bits of fraction.
    private struct Wide {
        var fraction: UInt64
        var exponent: Int

        /// The product, rounded to 64 bits.
        static func * (left: Wide, right: Wide) -> Wide {
            let (high, low) = left.fraction.multipliedFullWidth(by: right.fraction)
            return Wide(fraction: high &+ (low >> 63), exponent: left.exponent + right.exponent + 64)
        }
    }

    /// Of a finite number above zero.
    init(_ value: Double) {
        let hidden: UInt64 = 1 << 52, bits = value.bitPattern
        let raw = bits & (hidden - 1), isNormal = bits >= hidden
        let exact = Wide(fraction: isNormal ? raw | hidden : raw, exponent: max(Int(bits >> 52), 1) - 1075)
        // Whatever lies between these two reads back as the number.
        let upperFraction = exact.fraction << 1 + 1
        let shift = upperFraction.leadingZeroBitCount
        var upper = Wide(fraction: upperFraction << UInt64(shift), exponent: exact.exponent - 1 - shift)
        let lowerShift = exact.fraction == hidden ? 2 : 1
        var lower = Wide(fraction: (exact.fraction << UInt64(lowerShift)) - 1, exponent: exact.exponent - lowerShift)
        lower.fraction <<= UInt64(lower.exponent - upper.exponent)
        lower.exponent = upper.exponent
        let normal = exact.fraction.leadingZeroBitCount
        let center = Wide(fraction: exact.fraction << UInt64(normal), exponent: exact.exponent - normal)
        let (factor, decimalPower) = ShortestDigits.powerOfTen(near: upper.exponent)
        (upper, lower) = (upper * factor, lower * factor)
        power = -decimalPower
        generate(center * factor, from: lower.fraction + 1, to: upper.fraction - 1, exponent: upper.exponent)
    }

    /// Takes digits from the upper bound until what is left is less than the distance to the lower one.
    private mutating func generate(_ center: Wide, from lower: UInt64, to upper: UInt64, exponent: Int) {
        let unit: UInt64 = 1 << UInt64(-exponent), distance = upper - center.fraction
        var delta = upper - lower
        var whole = upper >> UInt64(-exponent), fraction = upper & (unit - 1)
        var divisor: UInt64 = 1_000_000_000, left = 10
        while left > 0 {
            append(whole / divisor)
            whole %= divisor
            left -= 1
            let rest = whole << UInt64(-exponent) + fraction
            if rest <= delta {
                power += left
                return approach(distance, rest, delta, step: divisor << UInt64(-exponent))
            }
            divisor /= 10
        }
        var scale: UInt64 = 1
        while true {
            fraction *= 10
            delta *= 10
            scale &*= 10
            left -= 1
            append(fraction >> UInt64(-exponent))
            fraction &= unit - 1
            if fraction < delta {
                power += left
                return approach(distance &* scale, fraction, delta, step: unit)
            }
        }
    }

    private mutating func append(_ digit: UInt64) {
        guard digit > 0 || count > 0 else { return }
        bytes[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
        count += 1
    }

    /// Lowers the last digit as long as that comes nearer to the number itself.
    private mutating func approach(_ distance: UInt64, _ rest: UInt64, _ delta: UInt64, step: UInt64) {
        var rest = rest
        while rest < distance, delta - rest >= step, rest + step < distance || distance - rest > rest + step - distance
        {
            bytes[count - 1] -= 1
            rest += step
        }
    }

    /// A power of ten that brings a number of this exponent to one between -60 and -32.
    private static func powerOfTen(near exponent: Int) -> (factor: Wide, decimalPower: Int) {
        var index = (Int(-Double(exponent + 87) * 0.30102999566398114) + 348) / 8
        while true {
            let decimalPower = index * 8 - 348
            // The logarithm of ten to the base of two, times 2^16.
            let factor = Wide(fraction: fractions[index], exponent: (decimalPower * 217_706) >> 16 - 63)
            let reached = exponent + factor.exponent + 64
            if reached >= -60 && reached <= -32 { return (factor, decimalPower) }
            index += reached < -60 ? 1 : -1
        }
    }

    /// The leading 64 bits of 10^-348, 10^-340, … 10^340.
    private static let fractions: [UInt64] = [
        0xfa8f_d5a0_081c_0288, 0xbaae_e17f_a23e_bf76, 0x8b16_fb20_3055_ac76, 0xcf42_894a_5dce_35ea,
        0x9a6b_b0aa_5565_3b2d, 0xe61a_cf03_3d1a_45df, 0xab70_fe17_c79a_c6ca, 0xff77_b1fc_bebc_dc4f,
        0xbe56_91ef_416b_d60c, 0x8dd0_1fad_907f_fc3c, 0xd351_5c28_3155_9a83, 0x9d71_ac8f_ada6_c9b5,
        0xea9c_2277_23ee_8bcb, 0xaecc_4991_4078_536d, 0x823c_1279_5db6_ce57, 0xc210_9436_4dfb_5637,
        0x9096_ea6f_3848_984f, 0xd774_85cb_2582_3ac7, 0xa086_cfcd_97bf_97f4, 0xef34_0a98_172a_ace5,
        0xb238_67fb_2a35_b28e, 0x84c8_d4df_d2c6_3f3b, 0xc5dd_4427_1ad3_cdba, 0x936b_9fce_bb25_c996,
        0xdbac_6c24_7d62_a584, 0xa3ab_6658_0d5f_daf6, 0xf3e2_f893_dec3_f126, 0xb5b5_ada8_aaff_80b8,
        0x8762_5f05_6c7c_4a8b, 0xc9bc_ff60_34c1_3053, 0x964e_858c_91ba_2655, 0xdff9_7724_7029_7ebd,
        0xa6df_bd9f_b8e5_b88f, 0xf8a9_5fcf_8874_7d94, 0xb944_7093_8fa8_9bcf, 0x8a08_f0f8_bf0f_156b,
        0xcdb0_2555_6531_31b6, 0x993f_e2c6_d07b_7fac, 0xe45c_10c4_2a2b_3b06, 0xaa24_2499_6973_92d3,
        0xfd87_b5f2_8300_ca0e, 0xbce5_0864_9211_1aeb, 0x8cbc_cc09_6f50_88cc, 0xd1b7_1758_e219_652c,
        0x9c40_0000_0000_0000, 0xe8d4_a510_0000_0000, 0xad78_ebc5_ac62_0000, 0x813f_3978_f894_0984,
        0xc097_ce7b_c907_15b3, 0x8f7e_32ce_7bea_5c70, 0xd5d2_38a4_abe9_8068, 0x9f4f_2726_179a_2245,
        0xed63_a231_d4c4_fb27, 0xb0de_6538_8cc8_ada8, 0x83c7_088e_1aab_65db, 0xc45d_1df9_4271_1d9a,
        0x924d_692c_a61b_e758, 0xda01_ee64_1a70_8dea, 0xa26d_a399_9aef_774a, 0xf209_787b_b47d_6b85,
        0xb454_e4a1_79dd_1877, 0x865b_8692_5b9b_c5c2, 0xc835_53c5_c896_5d3d, 0x952a_b45c_fa97_a0b3,
        0xde46_9fbd_99a0_5fe3, 0xa59b_c234_db39_8c25, 0xf6c6_9a72_a398_9f5c, 0xb7dc_bf53_54e9_bece,
        0x88fc_f317_f222_41e2, 0xcc20_ce9b_d35c_78a5, 0x9816_5af3_7b21_53df, 0xe2a0_b5dc_971f_303a,
        0xa8d9_d153_5ce3_b396, 0xfb9b_7cd9_a4a7_443c, 0xbb76_4c4c_a7a4_4410, 0x8bab_8eef_b640_9c1a,
        0xd01f_ef10_a657_842c, 0x9b10_a4e5_e991_3129, 0xe710_9bfb_a19c_0c9d, 0xac28_20d9_623b_f429,
        0x8044_4b5e_7aa7_cf85, 0xbf21_e440_03ac_dd2d, 0x8e67_9c2f_5e44_ff8f, 0xd433_179d_9c8c_b841,
        0x9e19_db92_b4e3_1ba9, 0xeb96_bf6e_badf_77d9, 0xaf87_023b_9bf0_ee6b,
    ]
}
