// What kind of character a byte is, in the locale "C": ASCII only. Also the classes of patterns.

extension UInt8 {
    @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
    @inline(__always) var isLowercase: Bool { self &- 0x61 < 26 }
    @inline(__always) var isUppercase: Bool { self &- 0x41 < 26 }
    @inline(__always) var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    @inline(__always) var isAlphanumeric: Bool { isLetter || isDigit }
    @inline(__always) var isBlank: Bool { self == 0x20 || self &- 9 < 5 }
    @inline(__always) var isControl: Bool { self < 0x20 || self == 0x7F }
    @inline(__always) var isPunctuation: Bool { self &- 0x21 < 94 && !isAlphanumeric }
    @inline(__always) var isHexadecimal: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
    @inline(__always) var lowercased: UInt8 { isUppercase ? self | 0x20 : self }
    @inline(__always) var uppercased: UInt8 { isLowercase ? self & 0xDF : self }

    /// Its worth as a digit, up to 36; 255 if it is none.
    @inline(__always) var digitValue: UInt8 {
        if isDigit { return self &- 0x30 }
        return isLetter ? (self | 0x20) &- 0x61 &+ 10 : 255
    }

    /// Whether it belongs to `%class`; a capital class is the opposite, and what is no class is the character itself.
    func belongs(to patternClass: UInt8) -> Bool {
        let belongs: Bool
        switch patternClass | 0x20 {
        case UInt8(ascii: "a"): belongs = isLetter
        case UInt8(ascii: "c"): belongs = isControl
        case UInt8(ascii: "d"): belongs = isDigit
        case UInt8(ascii: "l"): belongs = isLowercase
        case UInt8(ascii: "p"): belongs = isPunctuation
        case UInt8(ascii: "s"): belongs = isBlank
        case UInt8(ascii: "u"): belongs = isUppercase
        case UInt8(ascii: "w"): belongs = isAlphanumeric
        case UInt8(ascii: "x"): belongs = isHexadecimal
        case UInt8(ascii: "z"): belongs = self == 0
        default: return self == patternClass
        }
        guard patternClass.isLetter else { return self == patternClass }
        return patternClass.isLowercase ? belongs : !belongs
    }
}
