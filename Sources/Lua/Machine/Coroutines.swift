// Coroutines: threads that take turns. The running one's state is in `Machine.thread`; to resume or yield is to change
// it for another, and to finish the native frame in which the other waits.

extension Machine {
    private static let slots = Registers.windowSlots + 96

    private func coroutine(_ call: NativeCall) -> UInt32? {
        let value = self[argument: 0, of: call]
        return value.isThread ? value.payload : nil
    }

    private func status(of handle: UInt32) -> ThreadState.Status {
        handle == currentThread ? .running : heap.threads[handle].status
    }

    mutating func createCoroutine(_ call: NativeCall) throws(Raised) -> Continuation {
        push(try makeCoroutine(call))
        return .finish(results: 1)
    }

    private mutating func makeCoroutine(_ call: NativeCall) throws(Raised) -> Value {
        let body = self[argument: 0, of: call]
        guard body.isClosure else { throw argumentError(0, "Lua function expected") }
        var state = try makeThread(permanent: heap.isPermanent, slots: Machine.slots, frames: 4)
        state.stack[0] = body
        state.top = 1
        state.environment = environmentOfThread
        return Value(subkind: .thread, payload: try heap.insert(thread: state))
    }

    mutating func wrapCoroutine(_ call: NativeCall) throws(Raised) -> Continuation {
        let thread = try makeCoroutine(call)
        let table = try makeTable(elements: 1, fields: 0)
        try rawSet(table, index: 1, thread)
        push(Value(NativeFunction(.control, ControlLibrary.Function.wrapped.rawValue), bound: table))
        return .finish(results: 1)
    }

    mutating func coroutineStatus(_ call: NativeCall) throws(Raised) -> Continuation {
        guard let handle = coroutine(call) else { throw argumentError(0, "coroutine expected") }
        switch status(of: handle) {
        case .suspended: push(try makeString("suspended"))
        case .running: push(try makeString("running"))
        case .normal: push(try makeString("normal"))
        case .dead: push(try makeString("dead"))
        }
        return .finish(results: 1)
    }

    mutating func runningCoroutine(_ call: NativeCall) -> Continuation {
        push(currentThread == noHandle ? .nil : Value(subkind: .thread, payload: currentThread))
        return .finish(results: 1)
    }

    // MARK: resuming

    /// Stage 0 changes to the coroutine; it ends this function when it yields, returns or fails.
    mutating func resumeCoroutine(_ stage: UInt8, _ call: NativeCall) throws(Raised) -> Continuation {
        guard let handle = coroutine(call) else { throw argumentError(0, "coroutine expected") }
        if let reason = try resume(handle, from: call.base + 1, count: call.count - 1) {
            push(.false)
            push(try makeString(reason))
            return .finish(results: 2)
        }
        return .switched
    }

    mutating func resumeWrapped(_ stage: UInt8, _ call: NativeCall) throws(Raised) -> Continuation {
        let thread = rawGet(callee(of: call).bound, index: 1)
        guard thread.isThread else { throw error("cannot resume dead coroutine") }
        if let reason = try resume(thread.payload, from: call.base, count: call.count) {
            throw error("\(reason)")
        }
        return .switched
    }

    /// Changes to a coroutine, with these values of the running thread's stack; or says why not.
    private mutating func resume(_ handle: UInt32, from first: Int, count: Int) throws(Raised) -> StaticString? {
        switch status(of: handle) {
        case .suspended: break
        case .running: return "cannot resume running coroutine"
        case .normal: return "cannot resume normal coroutine"
        case .dead: return "cannot resume dead coroutine"
        }
        let level = topFramePointer.level + 1
        if level > Machine.nativeLevels { return "C stack overflow" }
        let resumer = currentThread
        let source = thread.stack
        isStepping = false
        // The values go over: while this thread waits, it does not hold them.
        thread.top = first
        enterThread(handle, from: resumer, level: level)
        do throws(Raised) {
            try ensureSlots(upTo: thread.top + count + Machine.freeSlots)
            for index in 0..<count { push(source[first + index]) }
            if thread.frameCount == 0 {
                try self.call(0, arguments: count, wanted: -1, purpose: .thread)
            } else {
                try leave(first: thread.top - count, count: count)
            }
            return nil
        } catch {
            // The error arose in the coroutine, whose frames are the current ones: it is unwound there.
            throw error
        }
    }

    /// The running thread waits, another runs.
    private mutating func enterThread(_ handle: UInt32, from resumer: UInt32, level: UInt16) {
        thread.status = .normal
        storeThread()
        thread = heap.threads[handle]
        currentThread = handle
        heap.remember(thread: handle)
        let change = Int(level) - Int(thread.baseLevel)
        for index in 0..<thread.frameCount where change != 0 {
            thread.frames[index].level = UInt16(clamping: Int(thread.frames[index].level) + change)
        }
        thread.baseLevel = level
        thread.status = .running
        thread.resumer = resumer
    }

    private mutating func storeThread() {
        if currentThread == noHandle {
            mainThread = thread
        } else {
            heap.threads[currentThread] = thread
        }
    }

    /// The running coroutine stops; who resumed it runs.
    mutating func leaveThread(status: ThreadState.Status) {
        let resumer = thread.resumer
        thread.status = status
        thread.resumer = noHandle
        if status == .dead {
            closeUpvalues(from: 0)
            thread.frameCount = 0
            thread.top = 0
        }
        storeThread()
        currentThread = resumer
        thread = resumer == noHandle ? mainThread : heap.threads[resumer]
        thread.status = .running
        if resumer == noHandle { mainThread = ThreadState() }
    }

    // MARK: yielding, returning, failing

    mutating func yieldCoroutine(_ stage: UInt8, _ call: NativeCall) throws(Raised) -> Continuation {
        if topFramePointer.level > thread.baseLevel || currentThread == noHandle {
            throw runtimeError("attempt to yield across metamethod/C-call boundary")
        }
        let source = thread.stack
        isStepping = false
        thread.top = call.base
        leaveThread(status: .suspended)
        try finishResume(source, from: call.base, count: call.count)
        return .switched
    }

    /// The function on top waits for a coroutine, which has yielded or returned these values.
    private mutating func finishResume(_ source: Block<Value>, from first: Int, count: Int) throws(Raised) {
        let isWrapped = topFrame.native.index == ControlLibrary.Function.wrapped.rawValue
        try ensureSlots(upTo: thread.top + count + 1 + Machine.freeSlots)
        if !isWrapped { push(.true) }
        for index in 0..<count { push(source[first + index]) }
        let results = isWrapped ? count : count + 1
        try leave(first: thread.top - results, count: results)
    }

    /// The first call of a thread has returned; its results lie from `first` to the top.
    mutating func finishThread(_ first: Int) throws(Raised) {
        if currentThread == noHandle { return }
        let source = thread.stack
        let count = thread.top - first
        leaveThread(status: .dead)
        try finishResume(source, from: first, count: count)
    }

    /// The coroutine ends by the error in `raised`. Whether somebody has caught it: `resume` does, `wrap` passes it on.
    mutating func endThreadByError() -> Bool {
        leaveThread(status: .dead)
        if topFrame.native.index == ControlLibrary.Function.wrapped.rawValue {
            isStepping = true
            if raised.isString || raised.isNumber, let text = try? toString(raised), !heap.isOutOfMemory {
                _ = raise(position(level: 1) + self.text(of: text).array)
            }
            isStepping = false
            return false
        }
        push(.false)
        push(raised)
        do throws(Raised) { try leave(first: thread.top - 2, count: 2) } catch { return false }
        return true
    }
}
