// Values to JSON. Tables within tables wait in an array, so depth costs no stack; fields come in the order of `next`.

/// Writes one value.
struct JSONEncoder: ~Copyable {
    private(set) var builder: ByteBuilder
    private let settings: JSONSettings
    private var frames: [Frame] = []
    /// What is written next, and what 5.1 has on its stack with it.
    private var value: Value
    private var slots = 1

    /// A table that is being written.
    private struct Frame {
        let table: Value
        /// The pairs that are not written yet.
        var walk: TableWalk
        /// The last index of an array; 0 for an object.
        let length: Int
        /// What 5.1 has on its stack with the table on top.
        let slots: Int
        /// How many elements or pairs were written.
        var count = 0
    }

    init(_ root: Value, _ builder: consuming ByteBuilder, _ settings: JSONSettings) {
        value = root
        self.builder = builder
        self.settings = settings
    }

    /// Writes on; false: the budget is spent, and it is to be called again.
    /// - Complexity: O(*n*) for *n* bytes, and for the room of the tables.
    mutating func append(_ machine: inout Machine) throws(Raised) -> Bool {
        while machine.budgetLeft > 0 {
            try machine.spend(Machine.stepsOfValue)
            if value.isTable { try open(value, &machine) } else { try append(plain: value, &machine) }
            if builder.isOverrun { _ = try machine.makeString(ByteBuilder.overrun) }
            guard let next = try nextValue(&machine) else { return true }
            value = next
        }
        return false
    }

    /// Bytes taken for what was written.
    var memoryUsed: Int { builder.capacity }

    /// What was written.
    consuming func finish() -> ByteBuilder { builder }

    /// Ends the tables that are complete, and gives the value that comes next.
    private mutating func nextValue(_ machine: inout Machine) throws(Raised) -> Value? {
        while let last = frames.indices.last {
            let count = frames[last].count
            if frames[last].length > 0 {
                if count < frames[last].length {
                    if count > 0 { builder.append(UInt8(ascii: ",")) }
                    frames[last].count = count &+ 1
                    slots = frames[last].slots &+ 1
                    return machine.rawGet(frames[last].table, index: count &+ 1)
                }
                builder.append(UInt8(ascii: "]"))
            } else {
                if let pair = try frames[last].walk.next(&machine) {
                    if count > 0 { builder.append(UInt8(ascii: ",")) }
                    frames[last].count = 1
                    try append(key: pair.key, &machine)
                    slots = frames[last].slots &+ 2
                    return pair.value
                }
                builder.append(UInt8(ascii: "}"))
            }
            frames.removeLast()
        }
        return nil
    }

    private mutating func open(_ table: Value, _ machine: inout Machine) throws(Raised) {
        let depth = frames.count &+ 1
        if depth > settings.deepestEncoded || slots &+ 3 > Machine.slotsOfNative {
            throw machine.error("Cannot serialise, excessive nesting (\(depth))")
        }
        let length = max(0, try arrayLength(of: table, &machine))
        builder.append(length > 0 ? UInt8(ascii: "[") : UInt8(ascii: "{"))
        frames.append(Frame(table: table, walk: TableWalk(table), length: length, slots: slots))
    }

    /// The last index of a table whose keys are all whole numbers from 1 on; otherwise nothing. It is held in 32 bits
    /// as cjson holds it: larger indices make it negative, until another key is larger than that.
    private func arrayLength(of table: Value, _ machine: inout Machine) throws(Raised) -> Int {
        var largest: Int32 = 0, count: Int32 = 0
        var walk = TableWalk(table)
        while let (key, _) = try walk.next(&machine) {
            guard key.isNumber, key.number >= 1, key.number.rounded(.down) == key.number else { return 0 }
            if key.number > Double(largest) { largest = Int32(exactly: key.number) ?? Int32.min }
            count &+= 1
        }
        let ratio = Int32(settings.sparseRatio)
        if ratio > 0 && largest > count &* ratio && largest > settings.sparseSafeLength {
            if !settings.convertsSparseArrays { throw refusal(of: table, "excessively sparse array", &machine) }
            return 0
        }
        return Int(largest)
    }

    private mutating func append(plain value: Value, _ machine: inout Machine) throws(Raised) {
        if value.isString {
            try append(machine.text(of: value), &machine)
        } else if value.isNumber {
            try append(number: value, &machine)
        } else if value.isBoolean {
            builder.append(value.boolean ? "true" as StaticString : "false")
        } else if value.isNil || value.isIdentical(to: JSONLibrary.null) {
            builder.append("null" as StaticString)
        } else {
            throw refusal(of: value, "type not supported", &machine)
        }
    }

    private mutating func append(key: Value, _ machine: inout Machine) throws(Raised) {
        if key.isString {
            try append(machine.text(of: key), &machine)
        } else if key.isNumber {
            builder.append(UInt8(ascii: "\""))
            try append(number: key, &machine)
            builder.append(UInt8(ascii: "\""))
        } else {
            throw refusal(of: key, "table key must be a number or string", &machine)
        }
        builder.append(UInt8(ascii: ":"))
    }

    private mutating func append(number value: Value, _ machine: inout Machine) throws(Raised) {
        let number = value.number
        if !number.isFinite {
            switch settings.encodedInvalidNumbers {
            case .refused: throw refusal(of: value, "must not be NaN or Inf", &machine)
            case .null: return builder.append("null" as StaticString)
            case .written: if number.isNaN { return builder.append("nan" as StaticString) }
            }
        }
        let text =
            settings.precision == 14
            ? NumberText.write(number) : NumberText.write(number, significant: settings.precision)
        for index in 0..<text.count { builder.append(text[index]) }
    }

    /// A text in quotes. Runs of bytes that need no escape are copied as a whole.
    private mutating func append(_ text: Text, _ machine: inout Machine) throws(Raised) {
        if text.count > 64 { try machine.spend(text.count &>> 3) }
        builder.append(UInt8(ascii: "\""))
        var start = 0, index = 0
        while index < text.count {
            let byte = text[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x2F || byte == 0x5C || byte == 0x7F {
                if index > start { builder.append(text.slice(start, index &- start)) }
                append(escaped: byte)
                start = index &+ 1
            }
            index &+= 1
        }
        if index > start { builder.append(text.slice(start, index &- start)) }
        builder.append(UInt8(ascii: "\""))
    }

    private mutating func append(escaped byte: UInt8) {
        builder.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: builder.append(UInt8(ascii: "b"))
        case 0x09: builder.append(UInt8(ascii: "t"))
        case 0x0A: builder.append(UInt8(ascii: "n"))
        case 0x0C: builder.append(UInt8(ascii: "f"))
        case 0x0D: builder.append(UInt8(ascii: "r"))
        case 0x22, 0x2F, 0x5C: builder.append(byte)
        default:
            builder.append("u00" as StaticString)
            builder.append(0x30 &+ byte &>> 4)
            builder.append(byte & 15 < 10 ? 0x30 &+ (byte & 15) : 0x57 &+ (byte & 15))
        }
    }

    private func refusal(of value: Value, _ reason: StaticString, _ machine: inout Machine) -> Raised {
        machine.error("Cannot serialise \(value.typeName): \(reason)")
    }
}
