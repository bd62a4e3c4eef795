// Native functions that call Lua: the machine runs them step by step (`Continuation`), so nothing recurses.

/// The control functions by number.
enum ControlLibrary {
    /// Named as in Lua: the machine's, those of coroutines, and those of the libraries.
    enum Function: UInt8, LibraryFunction {
        case pcall, xpcall, error, getfenv, setfenv
        case create, resume, yield, status, wrap, running, wrapped
        case tostring, load, gsub, sort, foreach, foreachi
    }

    /// The stage of a protected call while its function runs.
    static let protectedStage: UInt8 = 1

    static func isProtected(_ native: NativeFunction) -> Bool {
        native.index == Function.pcall.rawValue || native.index == Function.xpcall.rawValue
    }

    static func hasHandler(_ native: NativeFunction) -> Bool { native.index == Function.xpcall.rawValue }

    /// Into the global variables, and the table `coroutine`.
    static func open(_ machine: inout Machine) throws(Raised) {
        for function in [Function.pcall, .xpcall, .error, .getfenv, .setfenv] {
            try machine.define(function, in: machine.globals)
        }
        let table = try machine.makeTable(elements: 0, fields: 8)
        for function in [Function.create, .resume, .yield, .status, .wrap, .running] {
            try machine.define(function, in: table)
        }
        try machine.rawSet(machine.globals, field: "coroutine", table)
    }

    @inline(__always)
    static func step(
        _ function: UInt8, stage: UInt8, _ machine: inout Machine, _ call: NativeCall
    ) throws(Raised) -> Continuation {
        switch Function(rawValue: function) {
        case .pcall: return try machine.stepProtectedCall(stage, call)
        case .xpcall: return try machine.stepHandledCall(stage, call)
        case .error: return try machine.raiseError(call)
        case .getfenv: return try machine.getEnvironment(call)
        case .setfenv: return try machine.setEnvironment(call)
        case .create: return try machine.createCoroutine(call)
        case .resume: return try machine.resumeCoroutine(stage, call)
        case .yield: return try machine.yieldCoroutine(stage, call)
        case .status: return try machine.coroutineStatus(call)
        case .wrap: return try machine.wrapCoroutine(call)
        case .running: return machine.runningCoroutine(call)
        case .wrapped: return try machine.resumeWrapped(stage, call)
        case .tostring: return try BaseLibrary.toText(stage, &machine, call)
        case .load: return try BaseLibrary.load(stage, &machine, call)
        case .gsub: return try Substitution.step(stage, &machine, call)
        case .sort: return try Sorting.step(stage, &machine, call)
        case .foreach: return try TableLibrary.forEachPair(stage, &machine, call)
        case .foreachi: return try TableLibrary.forEachElement(stage, &machine, call)
        case nil: return .finish(results: 0)
        }
    }
}

extension Machine {
    /// Puts a control function into a table.
    mutating func define(_ function: ControlLibrary.Function, in table: Value) throws(Raised) {
        let name = try makeString(Array(String(describing: function).utf8))
        try rawSet(table, name, Value(NativeFunction(.control, function.rawValue)))
    }

    /// Runs the control function on top until it calls something, or ends.
    mutating func stepControl() throws(Raised) {
        let frame = topFramePointer
        let call = NativeCall(base: frame.base, count: frame.count)
        try ensureSlots(upTo: thread.top + Machine.freeSlots)
        nativeSteps = 0
        isStepping = true
        if frame.stage == Machine.suspendedStage {
            let count = try resumeNative(call)
            isStepping = false
            if count >= 0 { try leave(first: thread.top - count, count: count) }
            return
        }
        let next = try ControlLibrary.step(frame.native.index, stage: frame.stage, &self, call)
        isStepping = false
        switch next {
        case .finish(let results):
            try leave(first: thread.top - results, count: results)
        case .call(let arguments, let results, let stage):
            frame.stage = stage
            try callBack(thread.top &- arguments &- 1, arguments: arguments, wanted: results, frame)
        case .pause(let stage):
            topFramePointer.stage = stage
        case .switched:
            break
        }
    }

    /// A control function, whose frame is on top, calls what lies at `function`.
    @inline(__always)
    private mutating func callBack(
        _ function: Int, arguments: Int, wanted: Int, _ frame: FramePointer
    ) throws(Raised) {
        let called = thread.stack[function]
        let level = frame.level &+ 1
        guard called.isClosure && level < Machine.nativeLevels else {
            return try call(function, arguments: arguments, wanted: wanted, purpose: .control)
        }
        _ = try enter(
            called, function: function, arguments: arguments, wanted: wanted, purpose: .control, level: level)
    }

    fileprivate mutating func stepProtectedCall(_ stage: UInt8, _ call: NativeCall) throws(Raised) -> Continuation {
        if stage == 0 {
            guard call.count > 0 else { throw argumentError(0, "value expected") }
            return .call(arguments: call.count - 1, results: -1, stage: ControlLibrary.protectedStage)
        }
        // The results lie where the arguments lay; the function's own slot is free.
        thread.stack[call.base - 1] = .true
        return .finish(results: thread.top - call.base + 1)
    }

    fileprivate mutating func stepHandledCall(_ stage: UInt8, _ call: NativeCall) throws(Raised) -> Continuation {
        if stage == 0 {
            guard call.count > 1 else { throw argumentError(1, "value expected") }
            thread.top = call.base + 2
            push(self[argument: 0, of: call])
            return .call(arguments: 0, results: -1, stage: ControlLibrary.protectedStage)
        }
        thread.stack[call.base + 1] = .true
        return .finish(results: thread.top - call.base - 1)
    }

    fileprivate mutating func raiseError(_ call: NativeCall) throws(Raised) -> Continuation {
        let value = self[argument: 0, of: call]
        let level = try shortInteger(argument: 1, of: call, default: 1)
        guard level > 0, value.isString || value.isNumber else { throw error(value: value) }
        let text = try toString(value) ?? .nil
        throw raise(position(level: level) + self.text(of: text).array)
    }
}
