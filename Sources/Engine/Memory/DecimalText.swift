// An integer as its decimal digits, for as long as a closure runs: on the stack, nothing allocated.

extension Int64 {
    /// Gives `body` the digits, with a sign in front if the integer is negative.
    @inline(__always) func withDecimalText<Result>(_ body: (Bytes) -> Result) -> Result {
        unsafe withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { buffer in
            let end = unsafe buffer.baseAddress.unsafelyUnwrapped + 24
            var rest = magnitude, count = 0
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                count &+= 1
                unsafe (end - count).storeBytes(of: UInt8(truncatingIfNeeded: digit) &+ 0x30, as: UInt8.self)
                rest = quotient
            } while rest != 0
            if self < 0 {
                count &+= 1
                unsafe end.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 0 &- count, as: UInt8.self)
            }
            return unsafe body(Bytes(unsafeStart: end - count, count: count))
        }
    }
}
