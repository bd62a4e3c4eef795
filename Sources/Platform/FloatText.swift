// Numbers as the C library reads them, for commands whose notion of a number is "what strtod takes".

import Glibc

/// Text as numbers of the common kind.
public enum FloatText {
    /// The text up to its first NUL as a number: blanks may stand before it, nothing may follow it, and nothing at all
    /// is zero. Nil for NaN, for what is too large, and for what is too small to be exact.
    public static func parse(_ text: RawSpan) -> Double? {
        let count = text.byteCount
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { copy in
            for index in 0..<count { unsafe copy[index] = text.unsafeLoad(fromByteOffset: index, as: CChar.self) }
            unsafe copy[count] = 0
            guard let start = copy.baseAddress else { return nil }
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            let value = unsafe strtod(start, &end)
            guard let end = unsafe end, unsafe end.pointee == 0, errno != ERANGE, !value.isNaN else { return nil }
            return value
        }
    }

    /// The number at the beginning of the text (blanks may stand before it) and where it ends; a length of 0: there is
    /// none. All that the C library takes: hexadecimal, infinite, not a number; too large is infinite, too small zero.
    public static func prefix(of text: RawSpan) -> (value: Double, length: Int) {
        let count = text.byteCount
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { copy in
            for index in 0..<count { unsafe copy[index] = text.unsafeLoad(fromByteOffset: index, as: CChar.self) }
            unsafe copy[count] = 0
            guard let start = copy.baseAddress else { return (0, 0) }
            var end: UnsafeMutablePointer<CChar>?
            let value = unsafe strtod(start, &end)
            return (value, unsafe end.map { unsafe $0 - start } ?? 0)
        }
    }
}
