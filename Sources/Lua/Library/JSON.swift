// The library `cjson`: JSON, as lua-cjson 2.1.0 writes and reads it. Its settings belong to the machine and outlive a
// script.

/// The functions of `cjson`.
enum JSONLibrary {
    enum Function: UInt8, LibraryFunction {
        case encode, decode, encode_sparse_array, encode_max_depth, decode_max_depth, encode_number_precision,
            encode_keep_buffer, encode_invalid_numbers, decode_invalid_numbers, new
    }

    /// What stands for JSON's null in tables, which cannot hold nil.
    static let null = Value(light: 0)

    static func open(_ machine: inout Machine) throws(Raised) {
        let table = try machine.makeLibrary("cjson", fields: 0)
        try machine.define(Function.self, of: .json, in: table)
        try describe(table, &machine)
    }

    /// `cjson.new`: the same library with settings of its own, in a table to which its functions are bound.
    private static func makeAnother(_ machine: inout Machine) throws(Raised) -> Value {
        let table = try machine.makeTable()
        let settings = try machine.makeTable()
        try JSONSettings().store(in: settings, &machine)
        for function in Function.allCases {
            let name = try machine.makeString(Array(String(describing: function).utf8))
            try machine.rawSet(table, name, Value(NativeFunction(.json, function.rawValue), bound: settings))
        }
        try describe(table, &machine)
        return table
    }

    private static func describe(_ table: Value, _ machine: inout Machine) throws(Raised) {
        try machine.rawSet(table, field: "null", null)
        try machine.rawSet(table, field: "_NAME", try machine.makeString("cjson"))
        try machine.rawSet(table, field: "_VERSION", try machine.makeString("2.1.0"))
    }

    static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        switch Function(rawValue: function) {
        case .encode:
            if call.count != 1 { throw machine.argumentError(0, "expected 1 argument") }
            let settings = settings(of: call, &machine)
            return try encode(JSONEncoder(machine[argument: 0, of: call], machine.makeBuilder(), settings), &machine)
        case .decode:
            if call.count != 1 { throw machine.argumentError(0, "expected 1 argument") }
            let text = try machine.text(argument: 0, of: call)
            if text.count >= 2 && (text[0] == 0 || text[1] == 0) {
                throw machine.error("JSON parser does not support UTF-16 or UTF-32")
            }
            return try decode(text, JSONDecoder.Progress(settings(of: call, &machine)), &machine)
        case .new:
            machine.push(try makeAnother(&machine))
            return 1
        case let function?: return try configure(function, &machine, call)
        case nil: return 0
        }
    }

    /// Goes on writing the value.
    @inline(__always)
    static func encode(_ encoder: consuming JSONEncoder, _ machine: inout Machine) throws(Raised) -> Int {
        guard try encoder.append(&machine) else { return machine.suspend(.encodingJSON(encoder)) }
        machine.push(try machine.makeString(encoder.finish()))
        return 1
    }

    /// Goes on reading the argument.
    static func decode(
        _ call: NativeCall, _ progress: consuming JSONDecoder.Progress, _ machine: inout Machine
    ) throws(Raised) -> Int {
        try decode(try machine.text(argument: 0, of: call), progress, &machine)
    }

    @inline(__always)
    private static func decode(
        _ text: Text, _ progress: consuming JSONDecoder.Progress, _ machine: inout Machine
    ) throws(Raised) -> Int {
        var decoder = JSONDecoder(text, progress)
        guard let value = try decoder.decode(&machine) else {
            return machine.suspend(.decodingJSON(decoder.progress))
        }
        machine.push(value)
        return 1
    }

    /// The settings of the library that the called function belongs to.
    @inline(__always)
    private static func settings(of call: NativeCall, _ machine: inout Machine) -> JSONSettings {
        let bound = machine.callee(of: call).bound
        return bound.isNil ? machine.jsonSettings : JSONSettings(from: bound, &machine)
    }

    /// A function that changes a setting, if it is given a value, and answers what it is now.
    private static func configure(
        _ function: Function, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Int {
        let most = function == .encode_sparse_array ? 3 : 1
        if call.count > most { throw machine.argumentError(most, "found too many arguments") }
        let bound = machine.callee(of: call).bound
        var settings = settings(of: call, &machine)
        defer {
            // What was set before an error remains. The table has a place for each.
            if bound.isNil { machine.jsonSettings = settings } else { try? settings.store(in: bound, &machine) }
        }
        let largest = Int(Int32.max)
        switch function {
        case .encode_sparse_array:
            try setFlag(&settings.convertsSparseArrays, &machine, call)
            try setInteger(&settings.sparseRatio, argument: 1, in: 0...largest, &machine, call)
            try setInteger(&settings.sparseSafeLength, argument: 2, in: 0...largest, &machine, call)
        case .encode_max_depth:
            try setInteger(&settings.deepestEncoded, argument: 0, in: 1...largest, &machine, call)
        case .decode_max_depth:
            try setInteger(&settings.deepestDecoded, argument: 0, in: 1...largest, &machine, call)
        case .encode_number_precision: try setInteger(&settings.precision, argument: 0, in: 1...14, &machine, call)
        case .encode_keep_buffer: try setFlag(&settings.keepsBuffer, &machine, call)
        case .decode_invalid_numbers: try setFlag(&settings.decodesInvalidNumbers, &machine, call)
        default: try setInvalidNumbers(&settings.encodedInvalidNumbers, &machine, call)
        }
        return most
    }

    private static func setInteger(
        _ setting: inout Int, argument: Int, in range: ClosedRange<Int>, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) {
        if !machine[argument: argument, of: call].isNil {
            let value = try machine.shortInteger(argument: argument, of: call)
            if !range.contains(value) {
                let message = "expected integer between \(range.lowerBound) and \(range.upperBound)"
                throw machine.argumentError(0, message)
            }
            setting = value
        }
        machine.push(Value(Double(setting)))
    }

    private static func setFlag(
        _ setting: inout Bool, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) {
        let value = machine[argument: 0, of: call]
        if value.isBoolean {
            setting = value.boolean
        } else if !value.isNil {
            setting = try option(["off", "on"], &machine, call) == 1
        }
        machine.push(Value(setting))
    }

    private static func setInvalidNumbers(
        _ setting: inout JSONSettings.InvalidNumbers, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) {
        let value = machine[argument: 0, of: call]
        if value.isBoolean {
            setting = value.boolean ? .written : .refused
        } else if !value.isNil {
            setting = [.refused, .written, .null][try option(["off", "on", "null"], &machine, call)]
        }
        switch setting {
        case .refused: machine.push(.false)
        case .written: machine.push(.true)
        case .null: machine.push(try machine.makeString("null"))
        }
    }

    /// Which of the words the first argument is.
    private static func option(
        _ words: [StaticString], _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Int {
        let text = try machine.text(argument: 0, of: call)
        for (index, word) in words.enumerated() where text.beginsLine(word) { return index }
        let shown = text.slice(0, text.lengthToZero).array
        throw machine.argumentError(0, bytes: Array("invalid option '".utf8) + shown + Array("'".utf8))
    }
}

extension Text {
    /// How many bytes there are before the first zero.
    fileprivate var lengthToZero: Int {
        var length = 0
        while length < count && self[length] != 0 { length &+= 1 }
        return length
    }

    /// Whether the bytes before the first zero are these.
    fileprivate func beginsLine(_ word: StaticString) -> Bool {
        let word = Text(word)
        guard lengthToZero == word.count else { return false }
        for index in 0..<word.count where self[index] != word[index] { return false }
        return true
    }
}
