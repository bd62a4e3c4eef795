// The library `string`, without what has to do with patterns and formats.

/// byte, char, len, lower, rep, reverse, sub, upper; and which functions there are.
enum StringLibrary {
    enum Function: UInt8, LibraryFunction {
        case byte, char, dump, find, format, gmatch, len, lower, match, rep, reverse, sub, upper
        /// What gmatch returns.
        case nextMatch
        static var allCases: [Function] {
            [.byte, .char, .dump, .find, .format, .gmatch, .len, .lower, .match, .rep, .reverse, .sub, .upper]
        }
    }

    /// The functions, and the metatable that makes `("x"):rep(3)` work.
    static func open(_ machine: inout Machine) throws(Raised) {
        let names: [StaticString] = ["byte", "char", "dump", "find", "format", "gfind", "gmatch", "gsub"]
        let table = try machine.makeLibrary("string", fields: 15, names: names)
        try machine.define(Function.self, of: .string, in: table)
        try machine.define(.gsub, in: table)
        // The name of gmatch in Lua 5.0.
        try machine.rawSet(table, field: "gfind", Value(NativeFunction(.string, Function.gmatch.rawValue)))
        machine.stringMetatable = try machine.makeTable(elements: 0, fields: 1)
        try machine.rawSet(machine.stringMetatable, field: "__index", table)
    }

    static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        guard let function = Function(rawValue: function) else { return 0 }
        switch function {
        case .byte: return try byte(&machine, call)
        case .char: machine.push(try char(&machine, call))
        case .dump:
            // Nothing that is no text is ever loaded: how it begins is enough.
            guard try machine.function(argument: 0, of: call).isClosure else {
                throw machine.error("unable to dump given function")
            }
            machine.push(try machine.makeString("\u{1B}LuaQ"))
        case .find: return try search(&machine, call, isFind: true)
        case .match: return try search(&machine, call, isFind: false)
        case .gmatch: return try matches(&machine, call)
        case .nextMatch: return try nextMatch(&machine, call)
        case .format: return try format(&machine, call)
        case .len: machine.push(Value(Double(try machine.text(argument: 0, of: call).count)))
        case .lower: machine.push(try machine.heap.makeString(lowercasing: machine.text(argument: 0, of: call)))
        case .upper: machine.push(try machine.heap.makeString(uppercasing: machine.text(argument: 0, of: call)))
        case .reverse: machine.push(try machine.heap.makeString(reversing: machine.text(argument: 0, of: call)))
        case .rep: machine.push(try rep(&machine, call))
        case .sub: machine.push(try sub(&machine, call))
        }
        return 1
    }

    private static func byte(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let text = try machine.text(argument: 0, of: call)
        let from = position(try machine.integer(argument: 1, of: call, default: 1), in: text.count)
        let to = min(position(try machine.integer(argument: 2, of: call, default: from), in: text.count), text.count)
        let first = max(from, 1)
        guard first <= to else { return 0 }
        try machine.reserve(slots: to - first + 1, "string slice too long")
        machine.heap.charge(items: to - first)
        for index in first...to { machine.push(Value(Double(text[index - 1]))) }
        return to - first + 1
    }

    private static func char(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Value {
        var builder = machine.makeBuilder()
        machine.heap.charge(items: call.count)
        for index in 0..<call.count {
            let code = try machine.shortInteger(argument: index, of: call)
            guard let byte = UInt8(exactly: code) else { throw machine.argumentError(index, "invalid value") }
            builder.append(byte)
        }
        return try machine.makeString(builder)
    }

    private static func rep(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Value {
        let text = try machine.text(argument: 0, of: call)
        let count = try machine.shortInteger(argument: 1, of: call)
        guard count > 0, text.count > 0 else { return try machine.makeString("") }
        return try machine.heap.makeString(repeating: text, count: count)
    }

    private static func sub(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Value {
        let string = try machine.string(argument: 0, of: call)
        let text = machine.text(of: string)
        let from = max(position(try machine.integer(argument: 1, of: call), in: text.count), 1)
        let to = min(position(try machine.integer(argument: 2, of: call, default: -1), in: text.count), text.count)
        guard from <= to else { return try machine.makeString("") }
        if to - from + 1 == text.count { return string }
        return try machine.makeString(text.slice(from - 1, to - from + 1))
    }
}
