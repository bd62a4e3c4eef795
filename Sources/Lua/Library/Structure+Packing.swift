// `struct.pack` and `struct.unpack`: the items of a format, written and read.

extension StructureLibrary {
    /// The bytes of all arguments behind the format.
    static func pack(
        _ format: consuming StructureFormat, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Int {
        var format = format
        var builder = machine.makeBuilder()
        var argument = 1
        while let option = try format.next(&machine) {
            let size = try format.size(of: option, &machine)
            if argument >= call.count && takesArgument(option) {
                // A nil, not nothing, as there lies one behind the arguments of struct's.
                let type = option == .bytes || option == .string ? "string" : "number"
                throw machine.argumentError(argument, "\(type) expected, got nil")
            }
            builder.append(zeros: format.padding(at: UInt(builder.count), of: option, size: size))
            switch option {
            case UInt8(ascii: "x"): builder.append(0)
            case UInt8(ascii: "f"):
                let number = Float(try machine.number(argument: argument, of: call))
                builder.append(UInt64(number.bitPattern), size: 4, bigEndian: format.isBigEndian)
                argument &+= 1
            case UInt8(ascii: "d"):
                let number = try machine.number(argument: argument, of: call)
                builder.append(number.bitPattern, size: 8, bigEndian: format.isBigEndian)
                argument &+= 1
            case .bytes, .string:
                let text = try machine.text(argument: argument, of: call)
                argument &+= 1
                let length = size == 0 ? text.count : size
                // The number that the message names is one too high, as it always was.
                if text.count < length { throw machine.argumentError(argument, "string too short") }
                builder.append(text.slice(0, length))
                if option == .string { builder.append(0) }
            default:
                guard isInteger(option) else { try format.control(option, &machine); continue }
                let number = bits(of: try machine.number(argument: argument, of: call))
                builder.append(number, size: size, bigEndian: format.isBigEndian)
                argument &+= 1
            }
            if builder.isOverrun { break }
        }
        machine.push(try machine.makeString(builder))
        return 1
    }

    /// The items from a position on, and the position behind them.
    static func unpack(
        _ format: consuming StructureFormat, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Int {
        var format = format
        let data = try machine.text(argument: 1, of: call)
        // Positions before the first are huge ones: too far behind the end, unless padding leads around.
        let first = try machine.integer(argument: 2, of: call, default: 1)
        if first == 0 { throw machine.argumentError(2, "offset must be 1 or greater") }
        var position = UInt(bitPattern: first) &- 1
        // The last item is held back: `c0` takes it for its size.
        var results = 0, last = Value.nil
        while let option = try format.next(&machine) {
            var size = try format.size(of: option, &machine)
            position &+= format.padding(at: position, of: option, size: size)
            guard size <= data.count, position <= UInt(data.count &- size) else {
                throw machine.argumentError(1, "data string too short")
            }
            try machine.checkSlots(call.count &+ results &+ 2, "too many results")
            try machine.reserve(slots: 2)
            var item = Value.nil
            let start = Int(position)
            if option == .bytes {
                if size == 0 {
                    size = try previousSize(results == 0 ? .nil : last, left: data.count &- start, &machine)
                    last = .nil
                    results &-= 1
                }
                item = try machine.makeString(data.slice(start, size))
            } else if option == .string {
                let length = try lengthToZero(data, from: start, &machine)
                item = try machine.makeString(data.slice(start, length))
                size = length &+ 1
            } else if isNumber(option) {
                item = Value(number(data.slice(start, size), of: option, bigEndian: format.isBigEndian))
            } else if option != UInt8(ascii: "x") {
                try format.control(option, &machine)
            }
            if !item.isNil {
                if !last.isNil { machine.push(last) }
                last = item
                results &+= 1
            }
            position &+= UInt(size)
        }
        if !last.isNil { machine.push(last) }
        machine.push(Value(Double(Int(bitPattern: position &+ 1))))
        return results &+ 1
    }

    /// What `c0` takes: as many bytes as the number before it says, which is no result then.
    private static func previousSize(_ value: Value, left: Int, _ machine: inout Machine) throws(Raised) -> Int {
        guard let number = machine.toNumber(value) else {
            throw machine.error("format 'c0' needs a previous size")
        }
        let size = bits(of: number)
        guard size <= UInt64(left) else { throw machine.argumentError(1, "data string too short") }
        return Int(size)
    }

    private static func lengthToZero(_ data: Text, from start: Int, _ machine: inout Machine) throws(Raised) -> Int {
        var length = 0
        while start &+ length < data.count && data[start &+ length] != 0 { length &+= 1 }
        if start &+ length == data.count { throw machine.error("unfinished string in data") }
        return length
    }

    private static func takesArgument(_ option: UInt8) -> Bool {
        isNumber(option) || option == .bytes || option == .string
    }

    private static func isNumber(_ option: UInt8) -> Bool {
        isInteger(option) || option == UInt8(ascii: "f") || option == UInt8(ascii: "d")
    }

    private static func isInteger(_ option: UInt8) -> Bool {
        switch option {
        case UInt8(ascii: "b"), UInt8(ascii: "B"), UInt8(ascii: "h"), UInt8(ascii: "H"), UInt8(ascii: "l"),
            UInt8(ascii: "L"), UInt8(ascii: "T"), UInt8(ascii: "i"), UInt8(ascii: "I"):
            return true
        default: return false
        }
    }

    /// A number as 64 bits, as the processor converts it: from 2⁶⁴ on zero, below -2⁶³ and for NaN the smallest
    /// integer.
    private static func bits(of number: Double) -> UInt64 {
        if number >= 9_223_372_036_854_775_808 {
            return UInt64(bitPattern: Int64(Machine.integer(number - 9_223_372_036_854_775_808))) ^ 1 &<< 63
        }
        return UInt64(bitPattern: Int64(Machine.integer(number)))
    }

    /// The lower 64 bits of an integer of any size.
    private static func integer(_ bytes: Text, bigEndian: Bool) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<bytes.count {
            value = value &<< 8 | UInt64(bytes[bigEndian ? index : bytes.count &- 1 &- index])
        }
        return value
    }

    /// Integers of small letters are signed. Beyond eight bytes the sign is looked for where 64 bits put that place.
    private static func number(_ bytes: Text, of option: UInt8, bigEndian: Bool) -> Double {
        let value = integer(bytes, bigEndian: bigEndian)
        if option == UInt8(ascii: "d") { return Double(bitPattern: value) }
        if option == UInt8(ascii: "f") { return Double(Float(bitPattern: UInt32(truncatingIfNeeded: value))) }
        guard option & 0x20 != 0 else { return Double(value) }
        let sign = UInt64.max &<< UInt64(truncatingIfNeeded: bytes.count &* 8 &- 1)
        return Double(Int64(bitPattern: value & sign != 0 ? value | sign : value))
    }
}

extension ByteBuilder {
    fileprivate mutating func append(zeros count: UInt) {
        for _ in 0..<count { append(0) }
    }

    /// The lower bytes of an integer; beyond eight there are zeros.
    fileprivate mutating func append(_ value: UInt64, size: Int, bigEndian: Bool) {
        for index in 0..<size {
            let place = bigEndian ? size &- 1 &- index : index
            append(place < 8 ? UInt8(truncatingIfNeeded: value &>> UInt64(8 &* place)) : 0)
        }
    }
}
