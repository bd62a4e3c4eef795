// `redis.register_function`: with a name and a function, or with a table that has these and more.

import Lua

/// What a library says about one of its functions.
private struct Registration {
    var name: [UInt8]?
    var description: [UInt8]?
    var callback: Value?
    var flags: ScriptFlags = []
}

extension CommandContext {
    mutating func registerFunction(_ call: NativeCall) throws(Raised) -> Int {
        guard scripts.load != nil else {
            throw try scriptError(
                "ERR redis.register_function can only be called on FUNCTION LOAD command", .functions)
        }
        let registration: Registration
        switch call.count {
        case 1: registration = try namedRegistration(scripts.functions.machine[argument: 0, of: call])
        case 2: registration = try positionalRegistration(call)
        default:
            throw try scriptError("ERR wrong number of arguments to redis.register_function", .functions)
        }
        guard let name = registration.name else {
            throw try scriptError("ERR redis.register_function must get a function name argument", .functions)
        }
        guard let callback = registration.callback else {
            throw try scriptError("ERR redis.register_function must get a callback argument", .functions)
        }
        guard LibraryLine.isName(name) else {
            throw try scriptError(
                """
                ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one \
                character long
                """, .functions)
        }
        guard !isRegistered(name) else {
            throw try scriptError("ERR Function already exists in the library", .functions)
        }
        let number = scripts.libraries.takeNumber()
        do throws(Raised) { try scripts.functions.setCallback(number, callback) } catch {
            scripts.libraries.giveBack(number)
            throw error
        }
        scripts.load?.functions.append(
            LibraryFunction(
                name: name, description: registration.description, flags: registration.flags, number: number))
        return 0
    }

    /// Names that differ in the case of letters only could not both be called.
    private func isRegistered(_ name: [UInt8]) -> Bool {
        let functions = scripts.load?.functions ?? []
        return functions.contains { function in
            withBytes(of: function.name) { one in withBytes(of: name) { FunctionLibraries.areAlike(one, $0) } }
        }
    }

    private mutating func positionalRegistration(_ call: NativeCall) throws(Raised) -> Registration {
        let name = scripts.functions.machine[argument: 0, of: call]
        let callback = scripts.functions.machine[argument: 1, of: call]
        guard let name = try text(of: name) else {
            throw try scriptError("ERR first argument to redis.register_function must be a string", .functions)
        }
        guard callback.isFunction else {
            throw try scriptError("ERR second argument to redis.register_function must be a function", .functions)
        }
        return Registration(name: name, callback: callback)
    }

    private mutating func namedRegistration(_ table: Value) throws(Raised) -> Registration {
        guard table.isTable else {
            throw try scriptError(
                """
                ERR calling redis.register_function with a single argument is only applicable to Lua table \
                (representing named arguments).
                """, .functions)
        }
        var registration = Registration(), key = Value.nil
        while let pair = try scripts.functions.machine.next(table, after: key) {
            try read(pair.key, pair.value, &registration)
            key = pair.key
        }
        return registration
    }

    private mutating func read(_ key: Value, _ value: Value, _ registration: inout Registration) throws(Raised) {
        guard let word = try text(of: key) else {
            throw try scriptError("ERR named argument key given to redis.register_function is not a string", .functions)
        }
        switch word.quotable.lowercased() {
        case "function_name":
            registration.name = try text(of: value)
            if registration.name == nil {
                throw try scriptError(
                    "ERR function_name argument given to redis.register_function must be a string", .functions)
            }
        case "description":
            registration.description = try text(of: value)
            if registration.description == nil {
                throw try scriptError(
                    "ERR description argument given to redis.register_function must be a string", .functions)
            }
        case "callback":
            guard value.isFunction else {
                throw try scriptError(
                    "ERR callback argument given to redis.register_function must be a function", .functions)
            }
            registration.callback = value
        case "flags":
            guard value.isTable else {
                throw try scriptError(
                    "ERR flags argument to redis.register_function must be a table representing function flags",
                    .functions)
            }
            registration.flags = try flags(in: value)
        default: throw try scriptError("ERR unknown argument given to redis.register_function", .functions)
        }
    }

    private mutating func flags(in table: Value) throws(Raised) -> ScriptFlags {
        var flags: ScriptFlags = [], index = 1
        while true {
            let value = scripts.functions.machine.rawGet(table, index: index)
            if value.isNil { return flags }
            guard let word = try text(of: value),
                let flag = withBytes(of: Array(word.quotable.lowercased().utf8), { ScriptFlags(named: $0) })
            else { throw try scriptError("ERR unknown flag given", .functions) }
            flags.insert(flag)
            index += 1
        }
    }

    /// The bytes of a string, or of what a number reads as.
    private mutating func text(of value: Value) throws(Raised) -> [UInt8]? {
        let text = try scripts.functions.machine.textValue(of: value)
        return text.isString ? scripts.functions.bytes(of: text).array : nil
    }
}
