// Native functions that call Lua: the machine runs them step by step (`Continuation`), so nothing recurses.

/// The control functions by number: 0 to 31 are the machine's, 32 to 63 the library's.
enum ControlLibrary {
    /// The machine's, named as in Lua; those of coroutines come behind the others.
    enum Function: UInt8, LibraryFunction {
        case pcall, xpcall, error, getfenv, setfenv
        case create, resume, yield, status, wrap, running, wrapped
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
            let name = try machine.makeString(Array(String(describing: function).utf8))
            try machine.rawSet(machine.globals, name, Value(NativeFunction(.control, function.rawValue)))
        }
        let table = try machine.makeTable(elements: 0, fields: 8)
        for function in [Function.create, .resume, .yield, .status, .wrap, .running] {
            let name = try machine.makeString(Array(String(describing: function).utf8))
            try machine.rawSet(table, name, Value(NativeFunction(.control, function.rawValue)))
        }
        try machine.rawSet(machine.globals, field: "coroutine", table)
    }

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
        case nil: return try LibraryControl.step(function, stage: stage, &machine, call)
        }
    }
}

extension Machine {
    /// Runs the control function on top until it calls something, or ends.
    mutating func stepControl() throws(Raised) {
        let index = thread.frameCount - 1
        let frame = thread.frames[index]
        let call = NativeCall(base: Int(frame.base), count: Int(frame.count))
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
            topFramePointer.stage = stage
            try self.call(thread.top - arguments - 1, arguments: arguments, wanted: results, purpose: .control)
        case .pause(let stage):
            topFramePointer.stage = stage
        case .switched:
            break
        }
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
