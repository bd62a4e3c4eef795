// tostring, load and loadstring: what calls Lua or compiles it.

extension BaseLibrary {
    /// tostring: asks `__tostring`, if there is one.
    static func toText(
        _ stage: UInt8, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        guard stage == 0 else { return .finish(results: 1) }
        let value = try machine.value(argument: 0, of: call)
        if value.isTable {
            let handler = machine.metamethod("__tostring", of: value)
            if !handler.isNil {
                machine.push(handler)
                machine.push(value)
                return .call(arguments: 1, results: 1, stage: 1)
            }
        }
        machine.push(try machine.makeText(of: value))
        return .finish(results: 1)
    }

    /// loadstring: a function, or nil and the message.
    static func loadString(_ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int {
        let source = try machine.text(argument: 0, of: call)
        // Only the beginning of a text is ever shown.
        let name =
            call.count > 1 && !machine[argument: 1, of: call].isNil
            ? try machine.text(argument: 1, of: call).upToNUL.array
            : source.slice(0, min(source.count, 1 << 10)).upToNUL.array
        return compile(source, name, &machine)
    }

    private static func compile(_ source: Text, _ name: [UInt8], _ machine: inout Machine) -> Int {
        do throws(Raised) {
            machine.push(try machine.load(source, chunkName: name))
            return 1
        } catch {
            machine.push(.nil)
            machine.push(machine.raised)
            return 2
        }
    }

    /// load: gathers the pieces that a function returns, up to nil or an empty one, and compiles them. The reader runs
    /// protected: its errors are load's second result.
    ///
    /// Nothing is compiled before the last piece is there: the pieces wait in a table, as long as memory lasts, and
    /// then are one text, which may be as long as any that a running script compiles (`Machine.load`).
    ///
    /// Slot behind the arguments: a table of the pieces.
    static func load(
        _ stage: UInt8, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        let state = call.base + call.count
        let name = try machine.text(argument: 1, of: call, default: "=(load)").upToNUL.array
        if stage == 0 {
            _ = try machine.function(argument: 0, of: call)
            machine.push(try machine.makeTable(elements: 4, fields: 0))
        } else {
            let piece = machine[slot: machine.top - 1]
            guard machine[slot: machine.top - 2].isTrue else {
                machine.push(.nil)
                machine.push(piece)
                return .finish(results: 2)
            }
            machine.top -= 2
            let pieces = machine[slot: state]
            let string = try machine.toString(piece)
            if string == nil, !piece.isNil {
                _ = machine.error("reader function must return a string")
                machine.push(.nil)
                machine.push(machine.raised)
                return .finish(results: 2)
            }
            guard let string, machine.text(of: string).count > 0 else {
                var builder = machine.makeBuilder()
                for index in 0..<machine.length(of: pieces) {
                    builder.append(machine.text(of: machine.rawGet(pieces, index: index + 1)))
                }
                let source = machine.text(of: try machine.makeString(builder))
                return .finish(results: compile(source, name, &machine))
            }
            try machine.rawSet(pieces, index: machine.length(of: pieces) + 1, string)
        }
        machine.push(Value(NativeFunction(.control, ControlLibrary.Function.pcall.rawValue)))
        machine.push(machine[argument: 0, of: call])
        return .call(arguments: 1, results: 2, stage: 1)
    }
}

extension Machine {
    /// What `tostring` makes of a value that has no say in it.
    public mutating func makeText(of value: Value) throws(Raised) -> Value {
        if let string = try toString(value) { return string }
        if value.isNil { return try makeString("nil") }
        if value.isBoolean { return try makeString(value.boolean ? "true" : "false") }
        var builder = makeBuilder()
        builder.append(value.typeName)
        builder.append(": ")
        if value.isLight, value.payload == 0 {
            builder.append("(nil)")
        } else {
            // An address that is none: a number of the object that stays the same, and different from all others.
            let address = 0x5500_0000_0000 | (value.bits &>> 48 & 15) &<< 36 | UInt64(value.payload) &<< 4
            builder.append(text: "0x" + String(address, radix: 16))
        }
        return try makeString(builder)
    }

    /// As `type` names it, interned.
    mutating func name(ofTypeOf value: Value) throws(Raised) -> Value { try makeString(value.typeName) }

    /// A native function wants a collection, which comes with the next pause. What lies above it on the stack is of
    /// calls that have returned, or of a script before this one: it must not keep objects, or weak tables would tell.
    mutating func requestCollection() {
        heap.account.isCollectionDue = true
        thread.clearUnusedSlots(heap)
    }
}
