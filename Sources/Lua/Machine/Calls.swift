// Calls and returns of all kinds. Results are brought to whoever waits for them (`deliver`); who waits is in the frame.

extension Machine {
    /// What 5.1 calls LUAI_MAXCCALLS: calls by native functions and metamethods within each other.
    static let nativeLevels: UInt16 = 200
    /// Slots that a native function may fill without asking.
    static let freeSlots = 64

    @inline(__always) var topKind: Frame.Kind? {
        thread.frameCount == 0 ? nil : thread.frames[thread.frameCount &- 1].kind
    }
    var topFrame: Frame { thread.frames[thread.frameCount - 1] }
    @inline(__always) var topFramePointer: FramePointer { FramePointer(thread.frames, count: thread.frameCount) }

    /// The first slot that nothing on the stack uses.
    var firstFreeSlot: Int {
        guard let kind = topKind, kind == .lua else { return thread.top }
        let frame = topFrame
        let code = heap.closures[frame.closure].code
        return Int(frame.base) + Int(heap.codes[code].registerCount)
    }

    // MARK: functions written in Lua

    /// Calls a closure: the quick way.
    @inline(__always)
    mutating func enter(
        _ called: Value, function: Int, arguments: Int, wanted: Int, purpose: Frame.Purpose, level: UInt16
    ) throws(Raised) -> FramePointer {
        let handle = called.payload
        let code = heap.closures[handle].code
        let base = function &+ 1
        if heap.codes[code].isVariadic || thread.frameCount == thread.frames.count
            || base > thread.stack.count &- Registers.windowSlots
        {
            try pushClosure(handle, function, arguments, wanted, purpose, level: level)
            budgetLeft &-= 1
            return topFramePointer
        }
        let parameters = Int(heap.codes[code].parameterCount)
        var index = arguments
        while index < parameters {
            thread.stack[base &+ index] = .nil
            index &+= 1
        }
        thread.frames[thread.frameCount] = Frame(
            position: CodePosition(heap.codes[code].instructions), constants: Constants(heap.codes[code].constants),
            closure: handle, function: Int32(truncatingIfNeeded: function), base: Int32(truncatingIfNeeded: base),
            wanted: Int32(truncatingIfNeeded: wanted), kind: .lua, purpose: purpose, stage: 0, level: level,
            native: NativeFunction(rawValue: 0), count: 0, tailCalls: 0)
        thread.frameCount &+= 1
        budgetLeft &-= 1
        return topFramePointer
    }

    /// Any call of a closure. The arguments lie behind the function.
    @inline(never)
    mutating func pushClosure(
        _ handle: UInt32, _ function: Int, _ arguments: Int, _ wanted: Int, _ purpose: Frame.Purpose, level: UInt16,
        tailCalls: Int32 = 0
    ) throws(Raised) {
        let code = heap.closures[handle].code
        let parameters = Int(heap.codes[code].parameterCount)
        let isVariadic = heap.codes[code].isVariadic
        let base = isVariadic ? function + 1 + max(arguments, parameters) : function + 1
        try ensureFrame()
        try ensureSlots(upTo: base + (isVariadic ? parameters : 0) + Registers.windowSlots)
        for index in arguments..<max(arguments, parameters) { thread.stack[function + 1 + index] = .nil }
        if isVariadic {
            for index in 0..<parameters {
                thread.stack[base + index] = thread.stack[function + 1 + index]
                thread.stack[function + 1 + index] = .nil
            }
            if heap.codes[code].needsArgumentTable {
                let table = try makeArgumentTable(
                    first: function + 1 + parameters, count: base - function - 1 - parameters)
                thread.stack[base + parameters] = table
            }
        }
        thread.frames[thread.frameCount] = Frame(
            position: CodePosition(heap.codes[code].instructions), constants: Constants(heap.codes[code].constants),
            closure: handle, function: Int32(truncatingIfNeeded: function), base: Int32(truncatingIfNeeded: base),
            wanted: Int32(truncatingIfNeeded: wanted), kind: .lua, purpose: purpose, stage: 0, level: level,
            native: NativeFunction(rawValue: 0), count: 0, tailCalls: tailCalls)
        thread.frameCount += 1
    }

    /// The table `arg` of 5.0.
    private mutating func makeArgumentTable(first: Int, count: Int) throws(Raised) -> Value {
        let table = try heap.makeTable(elements: count, fields: 1)
        for index in 0..<count { try rawSet(table, index: index + 1, thread.stack[first + index]) }
        try rawSet(table, field: "n", Value(Double(count)))
        return table
    }

    // MARK: any value

    /// Calls what lies at `function`, its arguments behind it. A plain native function has run when this returns; for
    /// all else there is a new frame on top.
    mutating func call(_ function: Int, arguments: Int, wanted: Int, purpose: Frame.Purpose) throws(Raised) {
        var arguments = arguments
        var called = thread.stack[function]
        if !called.isFunction {
            called = try makeCallable(function, arguments)
            arguments += 1
        }
        var level = thread.frameCount > 0 ? topFramePointer.level : thread.baseLevel
        if purpose != .call && purpose != .thread {
            level += 1
            if level == Machine.nativeLevels && purpose != .handler { throw runtimeError("C stack overflow") }
            if level >= Machine.nativeLevels * 9 / 8 { throw errorInErrorHandling() }
        }
        thread.top = function + 1 + arguments
        if called.isClosure {
            _ = try enter(
                called, function: function, arguments: arguments, wanted: wanted, purpose: purpose, level: level)
        } else {
            budgetLeft &-= 1
            _ = try callNative(called, function, arguments, wanted, purpose, level: level)
        }
    }

    /// What answers for a value that is no function takes its place, and it becomes the first argument.
    private mutating func makeCallable(_ function: Int, _ arguments: Int) throws(Raised) -> Value {
        let value = thread.stack[function]
        let handler = metamethod(.call, of: value)
        guard handler.isFunction else { throw typeError(value, "call", slot: function) }
        try ensureSlots(upTo: function + 2 + arguments + Machine.freeSlots)
        var index = function + arguments
        while index >= function {
            thread.stack[index + 1] = thread.stack[index]
            index -= 1
        }
        thread.stack[function] = handler
        return handler
    }

    /// An instruction calls something that is no closure. Whether frames have changed.
    @inline(never)
    mutating func callOther(
        _ called: Value, _ function: Int, _ arguments: Int, wanted: Int
    ) throws(Raised) -> Bool {
        if called.isNative {
            thread.top = function &+ 1 &+ arguments
            return try callNative(called, function, arguments, wanted, .call, level: topFramePointer.level)
        }
        try call(function, arguments: arguments, wanted: wanted, purpose: .call)
        return true
    }

    /// A generic loop calls its iterator, with two arguments. Whether frames have changed.
    @inline(__always)
    mutating func callIterator(_ iterator: Value, _ function: Int, wanted: Int) throws(Raised) -> Bool {
        let level = topFramePointer.level &+ 1
        guard iterator.isNative && level < Machine.nativeLevels else {
            try call(function, arguments: 2, wanted: wanted, purpose: .loop)
            return true
        }
        thread.top = function &+ 3
        budgetLeft &-= 1
        return try callNative(iterator, function, 2, wanted, .loop, level: level)
    }

    /// Runs a plain native function, or pushes the frame of another one. Whether frames have changed.
    @inline(__always)
    private mutating func callNative(
        _ called: Value, _ function: Int, _ arguments: Int, _ wanted: Int, _ purpose: Frame.Purpose, level: UInt16
    ) throws(Raised) -> Bool {
        let native = called.native ?? NativeFunction(rawValue: 0)
        if thread.top > thread.stack.count &- Machine.freeSlots {
            try ensureSlots(upTo: thread.top + Machine.freeSlots)
        }
        let library = native.library
        if library == .control || library == .host {
            try pushNative(native, library == .host ? .host : .control, function, arguments, wanted, purpose, level)
            return true
        }
        nativeSteps = 0
        let count = try callPlain(native, NativeCall(base: function &+ 1, count: arguments))
        if count < 0 {
            try pushNative(native, .control, function, arguments, wanted, purpose, level)
            topFramePointer.stage = Machine.suspendedStage
            return true
        }
        if purpose == .loop {
            moveResults(first: thread.top &- count, count: count, to: function, wanted: wanted)
            finishGenericFor()
            return false
        }
        if purpose != .call {
            try deliver(first: thread.top - count, count: count, to: function, wanted: wanted, purpose: purpose)
            return true
        }
        if wanted == 1 {
            thread.stack[function] = count > 0 ? thread.stack[thread.top &- count] : .nil
        } else {
            moveResults(first: thread.top &- count, count: count, to: function, wanted: wanted)
        }
        return false
    }

    private mutating func pushNative(
        _ native: NativeFunction, _ kind: Frame.Kind, _ function: Int, _ arguments: Int, _ wanted: Int,
        _ purpose: Frame.Purpose, _ level: UInt16
    ) throws(Raised) {
        try ensureFrame()
        thread.frames[thread.frameCount] = Frame(
            position: .none, constants: .none, closure: noHandle, function: Int32(truncatingIfNeeded: function),
            base: Int32(truncatingIfNeeded: function + 1), wanted: Int32(truncatingIfNeeded: wanted), kind: kind,
            purpose: purpose, stage: 0, level: level, native: native, count: Int32(truncatingIfNeeded: arguments),
            tailCalls: 0)
        thread.frameCount += 1
    }

    // MARK: returns

    /// Results come to the function's slot and behind it: so many as wanted, or all, and then the top is behind them.
    @inline(__always)
    mutating func moveResults(first: Int, count: Int, to function: Int, wanted: Int) {
        let moved = wanted < 0 ? count : min(count, wanted)
        var index = 0
        while index < moved {
            thread.stack[function &+ index] = thread.stack[first &+ index]
            index &+= 1
        }
        if wanted < 0 {
            thread.top = function &+ count
        } else {
            while index < wanted {
                thread.stack[function &+ index] = .nil
                index &+= 1
            }
        }
    }

    /// Pops a frame that an instruction `call` waits for.
    @inline(__always)
    mutating func leaveToCaller() -> FramePointer {
        thread.frameCount &-= 1
        return topFramePointer
    }

    /// Pops the frame on top, whose results begin at `first`.
    mutating func leave(first: Int, count: Int) throws(Raised) {
        let frame = topFramePointer
        let function = frame.function
        thread.frameCount -= 1
        if frame.purpose == .control && frame.wanted == 1 {
            thread.stack[function] = count > 0 ? thread.stack[first] : .nil
            thread.top = function + 1
            return
        }
        try deliver(first: first, count: count, to: function, wanted: frame.wanted, purpose: frame.purpose)
    }

    /// Brings results to whoever waits for them; its frame is on top.
    mutating func deliver(
        first: Int, count: Int, to function: Int, wanted: Int, purpose: Frame.Purpose
    ) throws(Raised) {
        switch purpose {
        case .call:
            moveResults(first: first, count: count, to: function, wanted: wanted)
        case .control:
            moveResults(first: first, count: count, to: function, wanted: wanted)
            if wanted >= 0 { thread.top = function + wanted }
        case .instruction, .negatedInstruction:
            let value = count > 0 ? thread.stack[first] : .nil
            try finishInstruction(value, negated: purpose == .negatedInstruction)
        case .loop:
            moveResults(first: first, count: count, to: function, wanted: wanted)
            finishGenericFor()
        case .handler:
            raised = count > 0 ? thread.stack[first] : .nil
            try leaveProtected()
        case .thread:
            moveResults(first: first, count: count, to: function, wanted: -1)
            try finishThread(function)
        }
    }

    // MARK: tail calls

    /// Calls a value that is no native function in place of the running function. If a native one answers for it, the
    /// next instruction returns its results.
    mutating func tailCall(_ function: Int, _ arguments: Int) throws(Raised) {
        var arguments = arguments
        var called = thread.stack[function]
        if !called.isFunction {
            called = try makeCallable(function, arguments)
            arguments += 1
        }
        if called.isNative {
            thread.top = function + 1 + arguments
            _ = try callNative(called, function, arguments, -1, .call, level: topFramePointer.level)
            return
        }
        let frame = topFrame
        if thread.highestOpen >= Int(frame.base) { closeUpvalues(from: Int(frame.base)) }
        let target = Int(frame.function)
        for index in 0...arguments { thread.stack[target + index] = thread.stack[function + index] }
        thread.frameCount -= 1
        thread.top = target + 1 + arguments
        budgetLeft -= 1
        try pushClosure(
            called.payload, target, arguments, Int(frame.wanted), frame.purpose, level: frame.level,
            tailCalls: frame.tailCalls &+ 1)
    }

    // MARK: varargs

    /// The surplus arguments lie between the function and the base, behind the slots of the parameters.
    mutating func copyVarargs(_ instruction: Instruction, _ frame: FramePointer, base: Int) throws(Raised) {
        let code = heap.closures[frame.closure].code
        let first = frame.function + 1 + Int(heap.codes[code].parameterCount)
        let surplus = max(base - first, 0)
        let target = base + instruction.a
        if instruction.b == 0 {
            try ensureSlots(upTo: target + surplus + Registers.windowSlots)
            for index in 0..<surplus { thread.stack[target + index] = thread.stack[first + index] }
            thread.top = target + surplus
            return
        }
        let wanted = min(instruction.b - 1, 256 - instruction.a)
        for index in 0..<wanted { thread.stack[target + index] = index < surplus ? thread.stack[first + index] : .nil }
    }
}
