// The basic functions that do not call Lua; pcall, coroutines and environments belong to the machine.

/// What scripts have set by collectgarbage and may ask for again; it changes nothing.
struct CollectorSettings {
    var pause = 200
    var stepMultiplier = 200
}

/// assert, next, type, tonumber and their like.
enum BaseLibrary {
    enum Function: UInt8, LibraryFunction {
        case assert, collectgarbage, gcinfo, getmetatable, ipairs, loadstring, next, pairs, rawequal, rawget, rawset
        case select, setmetatable, tonumber, type, unpack
        /// What ipairs returns.
        case nextElement
        static var allCases: [Function] { (0..<16).compactMap { Function(rawValue: $0) } }
    }

    static func open(_ machine: inout Machine) throws(Raised) {
        let globals = machine.globals
        try machine.rawSet(globals, field: "_G", globals)
        try machine.rawSet(globals, field: "_VERSION", try machine.makeString("Lua 5.1"))
        try machine.define(Function.self, of: .base, in: globals)
        try machine.define(.tostring, in: globals)
        try machine.define(.load, in: globals)
    }

    static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        switch Function(rawValue: function) {
        case .assert: return try assert(&machine, call)
        case .collectgarbage: machine.push(try collect(&machine, call))
        case .gcinfo: machine.push(Value(Double(machine.memoryUsed >> 10)))
        case .getmetatable: machine.push(try metatable(&machine, call))
        case .setmetatable: machine.push(try setMetatable(&machine, call))
        case .ipairs:
            let table = try machine.table(argument: 0, of: call)
            machine.push(Value(NativeFunction(.base, Function.nextElement.rawValue)))
            machine.push(table)
            machine.push(Value(0.0))
            return 3
        case .nextElement: return try nextElement(&machine, call)
        case .loadstring: return try loadString(&machine, call)
        case .next: return try next(&machine, call)
        case .pairs:
            let table = try machine.table(argument: 0, of: call)
            machine.push(Value(NativeFunction(.base, Function.next.rawValue)))
            machine.push(table)
            machine.push(.nil)
            return 3
        case .rawequal:
            let one = try machine.value(argument: 0, of: call)
            machine.push(Value(machine.rawEqual(one, try machine.value(argument: 1, of: call))))
        case .rawget:
            let table = try machine.table(argument: 0, of: call)
            machine.push(machine.rawGet(table, try machine.value(argument: 1, of: call)))
        case .rawset:
            let table = try machine.table(argument: 0, of: call)
            let key = try machine.value(argument: 1, of: call)
            try machine.rawSet(table, key, try machine.value(argument: 2, of: call))
            machine.push(table)
        case .select: return try select(&machine, call)
        case .tonumber: machine.push(try toNumber(&machine, call))
        case .type: machine.push(try machine.name(ofTypeOf: try machine.value(argument: 0, of: call)))
        case .unpack: return try unpack(&machine, call)
        case nil: return 0
        }
        return 1
    }

    private static func assert(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        guard try machine.value(argument: 0, of: call).isTrue else {
            let message = try machine.text(argument: 1, of: call, default: "assertion failed!").upToNUL
            throw machine.error(bytes: message.array)
        }
        return try machine.push(argumentsFrom: 0, of: call)
    }

    private static func nextElement(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let index = Int(Int32(truncatingIfNeeded: try machine.shortInteger(argument: 1, of: call) + 1))
        let value = machine.rawGet(try machine.table(argument: 0, of: call), index: index)
        guard !value.isNil else { return 0 }
        machine.push(Value(Double(index)))
        machine.push(value)
        return 2
    }

    private static func next(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let table = try machine.table(argument: 0, of: call)
        guard let (key, value) = try machine.next(table, after: machine[argument: 1, of: call]) else {
            machine.push(.nil)
            return 1
        }
        machine.push(key)
        machine.push(value)
        return 2
    }

    private static func metatable(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Value {
        let value = try machine.value(argument: 0, of: call)
        let metatable = machine.metatable(of: value)
        guard metatable.isTable else { return .nil }
        let shown = machine.rawGet(metatable, field: "__metatable")
        return shown.isNil ? metatable : shown
    }

    private static func setMetatable(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Value {
        let table = try machine.table(argument: 0, of: call)
        let metatable = machine[argument: 1, of: call]
        guard metatable.isTable || (metatable.isNil && call.count > 1) else {
            throw machine.argumentError(1, "nil or table expected")
        }
        guard machine.metamethod("__metatable", of: table).isNil else {
            throw machine.error("cannot change a protected metatable")
        }
        guard !machine.isReadOnly(table) else {
            throw machine.error(value: try machine.makeString("Attempt to modify a readonly table"))
        }
        machine.setMetatable(table, metatable)
        return table
    }

    private static func select(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let selector = machine[argument: 0, of: call]
        if selector.isString {
            let text = machine.text(of: selector)
            if text.count > 0, text[0] == UInt8(ascii: "#") {
                machine.push(Value(Double(call.count - 1)))
                return 1
            }
        }
        var index = try machine.shortInteger(argument: 0, of: call)
        index = index < 0 ? call.count + index : min(index, call.count)
        guard index >= 1 else { throw machine.argumentError(0, "index out of range") }
        return try machine.push(argumentsFrom: index, of: call)
    }

    private static func toNumber(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Value {
        let base = try machine.shortInteger(argument: 1, of: call, default: 10)
        if base == 10 {
            let value = try machine.value(argument: 0, of: call)
            if value.isNumber { return value }
            if value.isString { machine.heap.charge(items: machine.heap.stringLength(value)) }
            return machine.toNumber(value).map { Value($0) } ?? .nil
        }
        let text = try machine.text(argument: 0, of: call)
        machine.heap.charge(items: text.count)
        guard base >= 2, base <= 36 else { throw machine.argumentError(1, "base out of range") }
        return NumberText.read(text, base: base).map { Value($0) } ?? .nil
    }

    private static func unpack(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let table = try machine.table(argument: 0, of: call)
        let first = try machine.shortInteger(argument: 1, of: call, default: 1)
        let length = machine.length(of: table)
        let last = try machine.shortInteger(argument: 2, of: call, default: length)
        guard first <= last else { return 0 }
        let count = last - first + 1
        guard machine.hasRoom(for: count, in: call) else { throw machine.error("too many results to unpack") }
        try machine.reserve(slots: count, "too many results to unpack")
        machine.heap.charge(items: count &<< 1)
        for index in first...last { machine.push(machine.rawGet(table, index: index)) }
        return count
    }

    private static func collect(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Value {
        let option = try machine.text(argument: 0, of: call, default: "collect").upToNUL
        let names: [StaticString] = ["collect", "count", "step", "stop", "restart", "setpause", "setstepmul"]
        var found: Int?
        for index in names.indices where option.equals(Text(names[index])) { found = index }
        guard let found else {
            throw machine.argumentError(0, bytes: Array("invalid option '".utf8) + option.array + Array("'".utf8))
        }
        let number = try machine.shortInteger(argument: 1, of: call, default: 0)
        switch found {
        case 0, 2:
            machine.requestCollection()
            return found == 0 ? Value(0.0) : .true
        case 1: return Value(Double(machine.memoryUsed) / 1024)
        case 5, 6:
            let old = found == 5 ? machine.collectorSettings.pause : machine.collectorSettings.stepMultiplier
            if found == 5 {
                machine.collectorSettings.pause = number
            } else {
                machine.collectorSettings.stepMultiplier = number
            }
            return Value(Double(old))
        default: return Value(0.0)
        }
    }
}

extension Machine {
    /// 5.1's limit of a native function's stack, LUAI_MAXCSTACK: whether so many more values fit into it.
    func hasRoom(for slots: Int, in call: NativeCall) -> Bool { slots <= 8000 - (top - call.base) }

    /// Pushes the arguments from `index` on; how many they are.
    mutating func push(argumentsFrom index: Int, of call: NativeCall) throws(Raised) -> Int {
        let count = max(call.count - index, 0)
        try reserve(slots: count)
        for index in index..<(index + count) { push(self[argument: index, of: call]) }
        return count
    }
}
