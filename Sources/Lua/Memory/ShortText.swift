// A few bytes on the stack: numbers as text.

/// Some bytes without an allocation: any number in up to 17 digits.
struct ShortText {
    private var bytes: [32 of UInt8] = [32 of UInt8](repeating: 0)
    private(set) var count = 0

    var span: RawSpan {
        @_lifetime(borrow self) borrowing get { unsafe bytes.span.bytes.extracting(first: count) }
    }
    @inline(__always) subscript(index: Int) -> UInt8 { bytes[index] }

    @inline(__always) mutating func append(_ byte: UInt8) {
        guard count < 32 else { return }
        bytes[count] = byte
        count += 1
    }

    mutating func append(_ literal: StaticString) {
        let text = Text(literal)
        for index in 0..<text.count { append(text[index]) }
    }

    /// In decimal.
    @inline(__always) mutating func append(decimal magnitude: UInt64) {
        var length = 1
        var power: UInt64 = 10
        while length < 20, magnitude >= power {
            length += 1
            power = length < 20 ? power &* 10 : power
        }
        guard count + length <= 32 else { return }
        var rest = magnitude
        var place = count + length
        repeat {
            place -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes[place] = 0x30 &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while place > count
        count += length
    }
}
