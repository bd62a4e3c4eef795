// The library `bit`: operations on 32 bits, as BitOp 1.0.2 defines them for numbers of any size.

/// The functions of `bit`.
enum BitsLibrary {
    enum Function: UInt8, LibraryFunction {
        case tobit, bnot, band, bor, bxor, lshift, rshift, arshift, rol, ror, bswap, tohex
    }

    static func open(_ machine: inout Machine) throws(Raised) {
        let table = try machine.makeLibrary("bit", fields: 12)
        try machine.define(Function.self, of: .bits, in: table)
    }

    static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        guard let function = Function(rawValue: function) else { return 0 }
        var bits = try machine.bits(argument: 0, of: call)
        switch function {
        case .tobit: break
        case .bnot: bits = ~bits
        // The last argument is converted first: it is the first to be complained of.
        case .band: for index in others(call) { bits &= try machine.bits(argument: index, of: call) }
        case .bor: for index in others(call) { bits |= try machine.bits(argument: index, of: call) }
        case .bxor: for index in others(call) { bits ^= try machine.bits(argument: index, of: call) }
        case .lshift: bits = bits &<< (try machine.bits(argument: 1, of: call))
        case .rshift: bits = bits &>> (try machine.bits(argument: 1, of: call))
        case .arshift:
            bits = UInt32(
                bitPattern: Int32(bitPattern: bits) &>> Int32(bitPattern: try machine.bits(argument: 1, of: call)))
        case .rol: bits = turn(bits, left: try machine.bits(argument: 1, of: call))
        case .ror: bits = turn(bits, left: 0 &- (try machine.bits(argument: 1, of: call)))
        case .bswap: bits = bits.byteSwapped
        case .tohex:
            machine.push(try hexadecimal(bits, &machine, call))
            return 1
        }
        machine.push(Value(Double(Int32(bitPattern: bits))))
        return 1
    }

    /// The arguments behind the first one, from the last.
    @inline(__always) private static func others(_ call: NativeCall) -> ReversedCollection<Range<Int>> {
        (1..<max(call.count, 1)).reversed()
    }

    private static func turn(_ bits: UInt32, left count: UInt32) -> UInt32 {
        bits &<< count | bits &>> (0 &- count)
    }

    /// The lowest digits, as many as the second argument says: eight without one, in capitals if it is negative.
    private static func hexadecimal(
        _ bits: UInt32, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Value {
        let wanted = call.count < 2 ? 8 : Int(Int32(bitPattern: try machine.bits(argument: 1, of: call)))
        let count = min(abs(wanted), 8)
        let ten: UInt8 = wanted < 0 ? 0x41 : 0x61
        var digits: [UInt8] = []
        for place in (0..<count).reversed() {
            let digit = UInt8(truncatingIfNeeded: bits &>> UInt32(4 &* place)) & 15
            digits.append(digit < 10 ? 0x30 &+ digit : ten &+ digit &- 10)
        }
        return try machine.makeString(digits)
    }
}

extension Machine {
    /// The lower 32 bits of a number that is rounded to an integer. Beyond 2⁵¹ they are what the addition leaves.
    @inline(__always)
    fileprivate mutating func bits(argument index: Int, of call: NativeCall) throws(Raised) -> UInt32 {
        let value = self[argument: index, of: call]
        let number = value.isNumber ? value.number : try self.number(argument: index, of: call)
        return UInt32(truncatingIfNeeded: (number + 6_755_399_441_055_744).bitPattern)
    }
}
