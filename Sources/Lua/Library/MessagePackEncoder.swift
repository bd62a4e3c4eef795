// Values to MessagePack. Whole numbers become integers, others a float if it is exact; a table with the keys 1 to n and
// no others becomes an array. Tables within 16 others, functions, threads and handles become nil.

/// Packs values one after the other.
struct MessagePackEncoder: ~Copyable {
    private var builder: ByteBuilder
    private var frames: [Frame] = []
    /// How many arguments are packed, or being packed.
    private var arguments = 0

    /// Tables nest so deep.
    private static let deepest = 16

    /// A table that is being packed.
    private struct Frame {
        let table: Value
        var walk: TableWalk
        let isArray: Bool
        /// How many elements an array has, and how many are packed.
        let count: Int
        var index = 0
        /// The value of the key that was packed last, in a map.
        var value = Value.nil
        /// What 5.1 has in use with the table on top.
        let slots: Int
    }

    init(_ builder: consuming ByteBuilder) { self.builder = builder }

    /// Bytes taken for what was packed.
    var memoryUsed: Int { builder.capacity }

    /// What was packed.
    consuming func finish() -> ByteBuilder { builder }

    /// Packs the arguments of a call; false: the budget is spent, and it is to be called again.
    mutating func append(argumentsOf call: NativeCall, _ machine: inout Machine) throws(Raised) -> Bool {
        while machine.budgetLeft > 0 {
            if let (value, slots) = try next(&machine) {
                try append(value, slots: slots, &machine)
            } else if arguments < call.count {
                arguments &+= 1
                try append(machine[argument: arguments &- 1, of: call], slots: call.count &+ arguments, &machine)
            } else {
                return true
            }
        }
        return false
    }

    /// The next value of the innermost table, and what 5.1 has in use with it on top.
    @inline(__always)
    private mutating func next(_ machine: inout Machine) throws(Raised) -> (value: Value, slots: Int)? {
        while let last = frames.indices.last {
            let slots = frames[last].slots
            if frames[last].isArray {
                if frames[last].index < frames[last].count {
                    frames[last].index &+= 1
                    return (machine.rawGet(frames[last].table, index: frames[last].index), slots &+ 1)
                }
            } else if !frames[last].value.isNil {
                defer { frames[last].value = .nil }
                return (frames[last].value, slots &+ 2)
            } else if let pair = try frames[last].walk.next(&machine) {
                frames[last].value = pair.value
                return (pair.key, slots &+ 3)
            }
            frames.removeLast()
        }
        return nil
    }

    private mutating func append(_ value: Value, slots: Int, _ machine: inout Machine) throws(Raised) {
        try machine.spend(Machine.stepsOfValue)
        if value.isNumber {
            append(value.number)
        } else if value.isString {
            append(machine.text(of: value))
            machine.heap.charge(bytes: machine.heap.stringLength(value))
        } else if value.isTable && frames.count < MessagePackEncoder.deepest {
            try open(value, slots: slots, &machine)
        } else if value.isBoolean {
            builder.append(value.boolean ? 0xC3 : 0xC2)
        } else {
            builder.append(0xC0)
        }
        // What has outgrown the memory need not be finished.
        if builder.isOverrun { _ = try machine.makeString(ByteBuilder.overrun) }
    }

    private mutating func append(_ number: Double) {
        if let integer = Int64(exactly: number) { return append(integer) }
        let short = Float(number)
        if Double(short) == number {
            append(0xCA, UInt64(short.bitPattern), size: 4)
        } else {
            append(0xCB, number.bitPattern, size: 8)
        }
    }

    private mutating func append(_ integer: Int64) {
        let bits = UInt64(bitPattern: integer)
        switch integer {
        case -32...127: builder.append(UInt8(truncatingIfNeeded: integer))
        case 0...0xFF: append(0xCC, bits, size: 1)
        case 0...0xFFFF: append(0xCD, bits, size: 2)
        case 0...0xFFFF_FFFF: append(0xCE, bits, size: 4)
        case 0...: append(0xCF, bits, size: 8)
        case (-0x80)...: append(0xD0, bits, size: 1)
        case (-0x8000)...: append(0xD1, bits, size: 2)
        case (-0x8000_0000)...: append(0xD2, bits, size: 4)
        default: append(0xD3, bits, size: 8)
        }
    }

    private mutating func append(_ text: Text) {
        let count = UInt64(text.count)
        switch count {
        case 0..<32: builder.append(0xA0 | UInt8(truncatingIfNeeded: count))
        case 0...0xFF: append(0xD9, count, size: 1)
        case 0...0xFFFF: append(0xDA, count, size: 2)
        default: append(0xDB, count, size: 4)
        }
        builder.append(text)
    }

    /// A tag, and the lower bytes of what follows it, the highest first.
    private mutating func append(_ tag: UInt8, _ bits: UInt64, size: Int) {
        builder.append(tag)
        for place in (0..<size).reversed() {
            builder.append(UInt8(truncatingIfNeeded: bits &>> UInt64(8 &* place)))
        }
    }

    private mutating func append(count: Int, short: UInt8, tag: UInt8) {
        if count <= 15 {
            builder.append(short | UInt8(truncatingIfNeeded: count))
        } else if count <= 0xFFFF {
            append(tag, UInt64(count), size: 2)
        } else {
            append(tag &+ 1, UInt64(count), size: 4)
        }
    }

    private mutating func open(_ table: Value, slots: Int, _ machine: inout Machine) throws(Raised) {
        try machine.checkSlots(slots &+ 2, "in function table_is_an_array")
        let (count, isArray) = try MessagePackEncoder.shape(of: table, &machine)
        if isArray {
            append(count: count, short: 0x90, tag: 0xDC)
            try machine.checkSlots(slots &+ 1, "in function mp_encode_lua_table_as_array")
        } else {
            try machine.checkSlots(slots &+ 3, "in function mp_encode_lua_table_as_map")
            append(count: count, short: 0x80, tag: 0xDE)
        }
        frames.append(Frame(table: table, walk: TableWalk(table), isArray: isArray, count: count, slots: slots))
    }

    /// How many pairs a table has, and whether their keys are the numbers from 1 to that many.
    private static func shape(of table: Value, _ machine: inout Machine) throws(Raised) -> (count: Int, isArray: Bool) {
        var count = 0, largest = 0.0
        var isArray = true
        var walk = TableWalk(table)
        while let (key, _) = try walk.next(&machine) {
            count &+= 1
            guard isArray else { continue }
            guard key.isNumber, key.number > 0, Int32(exactly: key.number) != nil else {
                isArray = false
                continue
            }
            largest = max(largest, key.number)
        }
        return (count, isArray && largest == Double(count))
    }
}

extension ByteBuilder {
    /// One that cannot become a string.
    static var overrun: ByteBuilder {
        var builder = ByteBuilder(limit: 0)
        builder.append(0)
        return builder
    }
}
