// The widest floating-point number that the machine has, read and written by the C library: INCRBYFLOAT and
// HINCRBYFLOAT add in it, so that 0.1 + 0.2 is 0.3.

import Glibc

#if arch(x86_64)
public typealias ExtendedFloat = Float80
#else
public typealias ExtendedFloat = Double
#endif

/// Extended floats as text.
public enum ExtendedFloatText {
    /// What Redis reads at most.
    private static let longest = 5120

    /// The text as a number: all of it, without blanks around it; nil for NaN and for what is too large.
    public static func parse(_ text: RawSpan) -> ExtendedFloat? {
        let count = text.byteCount
        guard count > 0, count < longest, unsafe text.unsafeLoad(fromByteOffset: 0, as: UInt8.self) > 32 else {
            return nil
        }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: longest) { copy in
            for index in 0..<count { unsafe copy[index] = text.unsafeLoad(fromByteOffset: index, as: CChar.self) }
            unsafe copy[count] = 0
            guard let start = copy.baseAddress else { return nil }
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            #if arch(x86_64)
            let value = unsafe strtold(start, &end)
            #else
            let value = unsafe strtod(start, &end)
            #endif
            guard unsafe end == start + count, !value.isNaN else { return nil }
            if errno == ERANGE, value.isInfinite || value.isZero { return nil }
            return value
        }
    }

    /// The value with at most 17 digits behind the point, and no zero at the end.
    public static func digits(of value: ExtendedFloat) -> [UInt8] {
        if value.isInfinite { return Array((value < 0 ? "-inf" : "inf").utf8) }
        // 4,933 digits before the point are the most there can be.
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 5120) { text in
            let format = MemoryLayout<ExtendedFloat>.size > 8 ? "%.17Lf" : "%.17f"
            let written = unsafe withVaList([value]) { unsafe vsnprintf(text.baseAddress, text.count, format, $0) }
            var digits = (0..<max(0, min(Int(written), text.count - 1))).map { unsafe UInt8(bitPattern: text[$0]) }
            if digits.contains(UInt8(ascii: ".")) {
                while digits.last == UInt8(ascii: "0") { digits.removeLast() }
                if digits.last == UInt8(ascii: ".") { digits.removeLast() }
            }
            return digits == Array("-0".utf8) ? [UInt8(ascii: "0")] : digits
        }
    }

    /// The value with 17 significant digits, which is one more than most need, as ZSCAN shows large sorted sets.
    public static func significantDigits(of value: Double) -> [UInt8] {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let written = unsafe withVaList([value]) { unsafe vsnprintf(text.baseAddress, text.count, "%.17g", $0) }
            return (0..<max(0, min(Int(written), text.count - 1))).map { unsafe UInt8(bitPattern: text[$0]) }
        }
    }
}
