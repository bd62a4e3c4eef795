// getfenv and setfenv: the table of global variables of a function, or of the running thread.

extension Machine {
    /// Whose environment an argument means.
    private enum Subject { case closure(UInt32), native, thread }

    private mutating func subject(_ call: NativeCall, isOptional: Bool) throws(Raised) -> Subject {
        let value = self[argument: 0, of: call]
        if value.isClosure { return .closure(value.payload) }
        if value.isNative { return .native }
        let level =
            isOptional
            ? try shortInteger(argument: 0, of: call, default: 1) : try shortInteger(argument: 0, of: call)
        guard level >= 0 else { throw argumentError(0, "level must be non-negative") }
        if level == 0 { return .thread }
        guard let index = frame(atLevel: level) else {
            if isTailCall(level) { throw error("no function environment for tail call at level \(level)") }
            throw argumentError(0, "invalid level")
        }
        let frame = thread.frames[index]
        return frame.kind == .lua ? .closure(frame.closure) : .native
    }

    private func isTailCall(_ level: Int) -> Bool {
        var left = level
        var index = thread.frameCount - 1
        while left > 0 && index >= 0 {
            left -= 1
            if thread.frames[index].kind == .lua { left -= Int(thread.frames[index].tailCalls) }
            index -= 1
        }
        return left < 0
    }

    /// The global variables of the running thread, as `getfenv(0)` shows them.
    var environmentOfThread: Value { thread.environment.isTable ? thread.environment : globals }

    mutating func getEnvironment(_ call: NativeCall) throws(Raised) -> Continuation {
        switch try subject(call, isOptional: true) {
        case .closure(let handle): push(heap.closures[handle].environment)
        case .native, .thread: push(environmentOfThread)
        }
        return .finish(results: 1)
    }

    mutating func setEnvironment(_ call: NativeCall) throws(Raised) -> Continuation {
        let table = try table(argument: 1, of: call)
        let first = self[argument: 0, of: call]
        if let level = toNumber(first), level == 0 {
            thread.environment = table
            return .finish(results: 0)
        }
        guard case .closure(let handle) = try subject(call, isOptional: false) else {
            throw error("'setfenv' cannot change environment of given object")
        }
        heap.closures[handle].environment = table
        heap.remember(closure: handle)
        push(Value(tag: .closure, payload: handle))
        return .finish(results: 1)
    }
}
