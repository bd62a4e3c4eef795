// MessagePack to values. Lengths are compared with what is left before anything is made, and tables within tables wait
// in an array: nothing here recurses or reserves by what the input announces.

/// What a call of cmsgpack.unpack has to do, and how far it is: all but the input.
struct MessagePackUnpacking {
    /// Up to the end of the input; there is no offset in front of the results.
    let isAll: Bool
    let most: Int
    /// What 5.1 has in use before the results.
    let slotsBefore: Int
    /// Where the results begin on the stack.
    let place: Int
    var results = 0
    /// The first byte that is not read yet.
    fileprivate(set) var position: Int
    fileprivate var frames: [Frame] = []
    /// What 5.1 has in use before the value that comes next.
    fileprivate var slots = 0

    init(isAll: Bool, most: Int, slotsBefore: Int, place: Int, from position: Int) {
        (self.isAll, self.most, self.slotsBefore, self.place) = (isAll, most, slotsBefore, place)
        self.position = position
    }

    /// A table that is being filled.
    fileprivate struct Frame {
        let table: Value
        /// Values that are still to come; a map has two for each pair.
        var left: Int
        /// The index of the next element; 0 in a map.
        var index: Int
        /// The key of a map whose value comes next.
        var key = Value.nil
    }
}

/// Unpacks values one after the other.
struct MessagePackDecoder: ~Copyable, ~Escapable {
    private let input: Text
    private(set) var progress: MessagePackUnpacking

    /// What begins here: a value, or a table of so many elements or pairs.
    private enum Item {
        case value(Value)
        case array(Int)
        case map(Int)
    }

    @_lifetime(copy input)
    init(_ input: Text, _ progress: consuming MessagePackUnpacking) {
        self.input = input
        self.progress = progress
    }

    var isAtEnd: Bool { position >= input.count }

    @inline(__always) private var position: Int {
        get { progress.position }
        set { progress.position = newValue }
    }

    /// Whether all results are there.
    var isComplete: Bool { isAtEnd && progress.frames.isEmpty || progress.results >= progress.most }

    mutating func countResult() { progress.results &+= 1 }

    /// The next value, with all that is in it; nothing if the budget is spent: then it is to be gone on with.
    mutating func value(_ machine: inout Machine) throws(Raised) -> Value? {
        if progress.frames.isEmpty { progress.slots = progress.slotsBefore &+ progress.results }
        while machine.budgetLeft > 0 {
            var value: Value
            if isAtEnd { throw machine.error("Missing bytes in input.") }
            try machine.checkSlots(
                progress.slots &+ 1, "too many return values at once; use unpack_one or unpack_limit instead.")
            try machine.spend(Machine.stepsOfValue)
            switch try item(&machine) {
            case .value(let plain): value = plain
            case .array(let count):
                value = try machine.makeTable()
                try machine.checkSlots(progress.slots &+ 2, "in function mp_decode_to_lua_array")
                if count > 0 {
                    progress.frames.append(MessagePackUnpacking.Frame(table: value, left: count, index: 1))
                    progress.slots &+= 2
                    continue
                }
            case .map(let count):
                value = try machine.makeTable()
                if count > 0 {
                    progress.frames.append(MessagePackUnpacking.Frame(table: value, left: count &* 2, index: 0))
                    progress.slots &+= 1
                    continue
                }
            }
            if try isComplete(&value, &machine) { return value }
        }
        return nil
    }

    /// Puts a value where it belongs. A table that is full with it is a value in turn; true if there is no other around
    /// it.
    private mutating func isComplete(_ value: inout Value, _ machine: inout Machine) throws(Raised) -> Bool {
        while let last = progress.frames.indices.last {
            if progress.frames[last].index > 0 {
                try machine.rawSet(progress.frames[last].table, index: progress.frames[last].index, value)
                progress.frames[last].index &+= 1
            } else if progress.frames[last].left & 1 == 0 {
                progress.frames[last].key = value
                progress.slots &+= 1
            } else {
                let key = progress.frames[last].key
                if key.isNil { throw try machine.plainError("table index is nil") }
                if key.isNumber && key.number.isNaN { throw try machine.plainError("table index is NaN") }
                try machine.rawSet(progress.frames[last].table, key, value)
                progress.slots &-= 1
            }
            progress.frames[last].left &-= 1
            if progress.frames[last].left > 0 { return false }
            value = progress.frames[last].table
            progress.slots &-= progress.frames[last].index > 0 ? 2 : 1
            progress.frames.removeLast()
        }
        return true
    }

    private mutating func item(_ machine: inout Machine) throws(Raised) -> Item {
        let tag = input[position]
        position &+= 1
        switch tag {
        case 0x00...0x7F: return .value(Value(Double(tag)))
        case 0x80...0x8F: return .map(Int(tag & 15))
        case 0x90...0x9F: return .array(Int(tag & 15))
        case 0xA0...0xBF: return .value(try string(Int(tag & 31), &machine))
        case 0xC0: return .value(.nil)
        case 0xC2: return .value(.false)
        case 0xC3: return .value(.true)
        case 0xCA:
            let bits = UInt32(truncatingIfNeeded: try bits(4, &machine))
            return .value(Value(Double(Float(bitPattern: bits))))
        case 0xCB: return .value(Value(Double(bitPattern: try bits(8, &machine))))
        case 0xCC...0xCE: return .value(Value(Double(try bits(1 &<< Int(tag &- 0xCC), &machine))))
        // What does not fit into 63 bits becomes negative.
        case 0xCF: return .value(Value(Double(Int64(bitPattern: try bits(8, &machine)))))
        case 0xD0: return .value(Value(Double(Int8(truncatingIfNeeded: try bits(1, &machine)))))
        case 0xD1: return .value(Value(Double(Int16(truncatingIfNeeded: try bits(2, &machine)))))
        case 0xD2: return .value(Value(Double(Int32(truncatingIfNeeded: try bits(4, &machine)))))
        case 0xD3: return .value(Value(Double(Int64(bitPattern: try bits(8, &machine)))))
        case 0xD9...0xDB:
            let count = Int(try bits(1 &<< Int(tag &- 0xD9), &machine))
            return .value(try string(count, &machine))
        case 0xDC, 0xDD: return .array(Int(try bits(tag == 0xDC ? 2 : 4, &machine)))
        case 0xDE, 0xDF: return .map(Int(try bits(tag == 0xDE ? 2 : 4, &machine)))
        case 0xE0...0xFF: return .value(Value(Double(Int8(bitPattern: tag))))
        default: throw machine.error("Bad data format in input.")
        }
    }

    /// An unsigned integer of so many bytes, the highest first.
    private mutating func bits(_ size: Int, _ machine: inout Machine) throws(Raised) -> UInt64 {
        guard size <= input.count &- position else { throw machine.error("Missing bytes in input.") }
        var bits: UInt64 = 0
        for index in 0..<size { bits = bits &<< 8 | UInt64(input[position &+ index]) }
        position &+= size
        return bits
    }

    private mutating func string(_ count: Int, _ machine: inout Machine) throws(Raised) -> Value {
        guard count <= input.count &- position else { throw machine.error("Missing bytes in input.") }
        defer { position &+= count }
        let text = input.slice(position, count)
        if let last = progress.frames.indices.last, progress.frames[last].index == 0,
            progress.frames[last].left & 1 == 0
        {
            // Keys are likely to be known.
            return try machine.heap.makeInterned(text)
        }
        return try machine.heap.makeString(text)
    }
}
