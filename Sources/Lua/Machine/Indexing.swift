// Reading and writing fields, with metamethods: what the run loop's quick ways do not find.
// Functions that return Bool say whether frames have changed; if not, the instruction is done.

extension Machine {
    /// 5.1's MAXTAGLOOP.
    private static let longestChain = 100

    /// What a metatable says to an event; nil if there is none.
    @inline(__always)
    mutating func metamethod(_ event: Event, of value: Value) -> Value {
        let metatable = value.isTable ? heap.metatableHandle(of: value) : value.isString ? stringMetatable : .nil
        return metatable.isTable ? heap.metamethod(event, metatable.payload) : .nil
    }

    /// Metamethods for natives that only look: the value of a field in the metatable of any value, or nil.
    func metamethod(_ name: StaticString, of value: Value) -> Value {
        let metatable = metatable(of: value)
        return metatable.isTable ? rawGet(metatable, field: name) : .nil
    }

    /// Pushes a metamethod and its arguments behind all that is in use, and calls it for the running instruction.
    mutating func callMetamethod(
        _ function: Value, _ arguments: (Value, Value), third: Value? = nil, wanted: Int = 1,
        purpose: Frame.Purpose = .instruction
    ) throws(Raised) {
        let slot = firstFreeSlot
        try ensureSlots(upTo: slot + 4 + Machine.freeSlots)
        thread.stack[slot] = function
        thread.stack[slot + 1] = arguments.0
        thread.stack[slot + 2] = arguments.1
        if let third { thread.stack[slot + 3] = third }
        try call(slot, arguments: third == nil ? 2 : 3, wanted: wanted, purpose: purpose)
    }

    /// `object[key]` into a register. `operand`: the register of the object.
    @inline(never)
    mutating func index(
        _ object: Value, _ key: Value, into register: Int, base: Int, operand: Int?
    ) throws(Raised) -> Bool {
        var object = object
        for step in 0..<Machine.longestChain {
            let handler: Value
            if object.isTable {
                let value = heap.getIndex(key, from: object.payload)
                if !value.isNil {
                    thread.stack[base + register] = value
                    return false
                }
                handler = metamethod(.index, of: object)
                if handler.isNil {
                    thread.stack[base + register] = .nil
                    return false
                }
            } else {
                handler = metamethod(.index, of: object)
                if handler.isNil {
                    let slot = step == 0 ? operand : nil
                    throw typeError(object, "index", slot: slot.map { base + ($0 & 0xFF) })
                }
            }
            if handler.isFunction {
                try callMetamethod(handler, (object, key))
                return true
            }
            object = handler
        }
        throw runtimeError("loop in gettable")
    }

    /// `object:key(…)`: the quick ways failed.
    @inline(never)
    mutating func method(
        _ object: Value, _ key: Value, _ position: CodePosition, _ instruction: Instruction, base: Int
    ) throws(Raised) -> Bool {
        // Strings' methods come from the table that is the __index of their metatable.
        let table = object.isString ? metamethod(.index, of: object) : object
        if table.isTable {
            if object.isString, let value = heap.cachedValue(of: table.payload, key: key, place: instruction.d),
                !value.isNil
            {
                thread.stack[base &+ instruction.a] = value
                return false
            }
            if let (value, place) = heap.inherited(key, from: table.payload), !value.isNil {
                if place < 0xFFFF { position.cache(place) }
                thread.stack[base &+ instruction.a] = value
                return false
            }
        }
        return try index(object, key, into: instruction.a, base: base, operand: instruction.b)
    }

    /// `object.key = value` where the key is a constant: finds the place for the next time.
    @inline(never)
    mutating func assignField(
        _ object: Value, _ key: Value, _ value: Value, _ position: CodePosition, operand: Int?
    ) throws(Raised) -> Bool {
        let changed = try assign(object, key, value, operand: operand)
        if !changed, object.isTable { position.cache(heap.findField(object.payload, key).place) }
        return changed
    }

    /// `object[key] = value`
    @inline(never)
    mutating func assign(_ object: Value, _ key: Value, _ value: Value, operand: Int?) throws(Raised) -> Bool {
        var object = object
        for step in 0..<Machine.longestChain {
            let handler: Value
            if object.isTable {
                if isReadOnly(object) { throw runtimeError("Attempt to modify a readonly table") }
                let place: Int
                do { place = try heap.place(of: key, in: object.payload) } catch { throw located() }
                if heap.value(at: place, of: object.payload).isNil {
                    handler = metamethod(.newIndex, of: object)
                } else {
                    handler = .nil
                }
                if handler.isNil {
                    heap.setValue(value, at: place, of: object.payload)
                    return false
                }
            } else {
                handler = metamethod(.newIndex, of: object)
                if handler.isNil {
                    let base = topFramePointer.base
                    let slot = step == 0 ? operand : nil
                    throw typeError(object, "index", slot: slot.map { base + ($0 & 0xFF) })
                }
            }
            if handler.isFunction {
                try callMetamethod(handler, (object, key), third: value, wanted: 0)
                return true
            }
            object = handler
        }
        throw runtimeError("loop in settable")
    }

    @inline(never)
    mutating func makeTable(_ instruction: Instruction, base: Int) throws(Raised) {
        thread.stack[base + instruction.a] = try heap.makeTable(
            elements: instruction.elementRoom, fields: instruction.fieldRoom)
    }

    /// The elements of a constructor, from the last to the first, as 5.1 puts them.
    @inline(never)
    mutating func setList(_ instruction: Instruction, base: Int) throws(Raised) {
        let register = base + instruction.a
        let table = thread.stack[register]
        guard table.isTable else { throw runtimeError("bad instruction") }
        var count = instruction.shortB
        if count == 0 { count = thread.top - register - 1 }
        count = max(0, min(count, thread.stack.count - register - 1))
        let first = instruction.jump
        try heap.reserveElements(table.payload, first + count)
        for index in stride(from: count, to: 0, by: -1) {
            if !heap.setElement(table.payload, first + index, thread.stack[register + index]) {
                try rawSet(table, index: first + index, thread.stack[register + index])
            }
        }
    }
}
