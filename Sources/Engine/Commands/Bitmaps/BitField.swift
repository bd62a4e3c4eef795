// Integers of any width, from any bit of a string on: what BITFIELD reads and writes.

/// The type of one field: signed up to 64 bits, or unsigned up to 63.
struct BitFieldType {
    let isSigned: Bool
    let width: Int

    /// Reads `i16` or `u8`.
    init(_ text: Bytes) throws(CommandError) {
        guard text.count > 1, text[0] == UInt8(ascii: "i") || text[0] == UInt8(ascii: "u"),
            let width = text.dropping(first: 1).integer, width >= 1, width <= (text[0] == UInt8(ascii: "i") ? 64 : 63)
        else {
            throw .because(
                "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
        }
        isSigned = text[0] == UInt8(ascii: "i")
        self.width = Int(width)
    }

    private var largest: Int64 {
        isSigned ? Int64.max >> Int64(64 - width) : Int64(bitPattern: UInt64.max >> UInt64(64 - width))
    }
    private var smallest: Int64 { isSigned ? Int64.min >> Int64(64 - width) : 0 }

    /// The number that `bits`, the lowest `width` of a word, stand for.
    func number(_ bits: UInt64) -> Int64 {
        let shift = Int64(64 - width)
        let raised = Int64(bitPattern: bits) &<< shift
        return isSigned ? raised &>> shift : Int64(bitPattern: UInt64(bitPattern: raised) &>> UInt64(shift))
    }

    /// `start + amount` as the field can hold it; nil if it cannot, and that is an error. What is set to an unsigned
    /// field counts as unsigned, so that a negative number lies above its range.
    func sum(_ start: Int64, _ amount: Int64, _ overflow: BitFieldOverflow, isSet: Bool) -> Int64? {
        let (sum, carries) = start.addingReportingOverflow(amount)
        let isAbove = carries ? amount > 0 : sum > largest || (isSet && !isSigned && sum < 0)
        let isBelow = carries ? amount < 0 : sum < smallest && !isAbove
        guard isAbove || isBelow else { return sum }
        switch overflow {
        case .wrap: return number(UInt64(bitPattern: sum))
        case .saturate: return isAbove ? largest : smallest
        case .fail: return nil
        }
    }
}

/// What happens to a number that its field cannot hold.
enum BitFieldOverflow { case wrap, saturate, fail }

/// One step of a BITFIELD call.
struct BitFieldStep {
    enum Action { case get, set(Int64), add(Int64) }

    let type: BitFieldType
    let offset: Int
    let action: Action
    let overflow: BitFieldOverflow

    /// The byte that the string must have for a step that writes.
    var lastByte: Int { (offset + type.width - 1) >> 3 }
}

extension Bytes {
    /// The `width` bits from `offset` on; what lies behind the end is zero.
    func bits(at offset: Int, width: Int) -> UInt64 {
        var bits: UInt64 = 0
        for index in offset..<offset + width {
            let byte = index >> 3
            let bit = byte < count ? (self[byte] &>> UInt8(truncatingIfNeeded: 7 - index & 7)) & 1 : 0
            bits = bits &<< 1 | UInt64(bit)
        }
        return bits
    }
}

extension StringEditor {
    /// Writes the lowest `width` bits of `bits` from `offset` on; the string is long enough.
    @_lifetime(self: copy self)
    mutating func setBits(_ bits: UInt64, at offset: Int, width: Int) {
        for index in 0..<width {
            let place = offset + index
            let mask = UInt8(1) &<< UInt8(truncatingIfNeeded: 7 - place & 7)
            if bits &>> UInt64(width - 1 - index) & 1 != 0 {
                self[place >> 3] |= mask
            } else {
                self[place >> 3] &= ~mask
            }
        }
    }
}
