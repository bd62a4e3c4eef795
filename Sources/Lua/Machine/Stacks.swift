// The stack and the list of frames of the running thread: how they grow, and their limits.

extension Machine {
    /// 5.1 doubles its list of calls until it would have more than LUAI_MAXCALLS entries.
    @inline(__always)
    mutating func ensureFrame() throws(Raised) {
        if thread.frameCount >= thread.frames.count { try growFrames() }
    }

    @inline(never)
    private mutating func growFrames() throws(Raised) {
        let size = thread.frames.count * 2
        if size > limits.frames {
            // Error handlers have as much room again.
            if thread.frameCount >= limits.frames * 2 { throw errorInErrorHandling() }
            if !isHandlingOverflow {
                isHandlingOverflow = true
                throw runtimeError("stack overflow")
            }
        }
        let permanent = isThreadPermanent
        let frames = try heap.makeBlock(max(size, 16), repeating: Frame.vacant, permanent: permanent)
        for index in 0..<thread.frameCount { frames[index] = thread.frames[index] }
        heap.free(thread.frames, permanent: permanent)
        thread.frames = frames
    }

    /// Makes the stack so long at least.
    @inline(__always)
    mutating func ensureSlots(upTo end: Int) throws(Raised) {
        if end <= thread.stack.count { return }
        try growStack(to: end)
    }

    @inline(never)
    private mutating func growStack(to end: Int) throws(Raised) {
        guard end <= limits.stackSlots else { throw runtimeError("stack overflow") }
        let size = min(max(thread.stack.count * 2, end + Machine.freeSlots), limits.stackSlots)
        let permanent = isThreadPermanent
        let stack = try heap.makeBlock(size, repeating: Value.nil, permanent: permanent)
        for index in 0..<thread.stack.count { stack[index] = thread.stack[index] }
        heap.free(thread.stack, permanent: permanent)
        thread.stack = stack
    }

    /// Whether the running thread's blocks are permanent; the main thread's are always.
    private var isThreadPermanent: Bool {
        currentThread == noHandle || heap.threads.isPermanent(currentThread)
    }

    /// A new thread's blocks.
    mutating func makeThread(permanent: Bool, slots: Int, frames: Int) throws(Raised) -> ThreadState {
        var state = ThreadState()
        state.stack = try heap.makeBlock(slots, repeating: Value.nil, permanent: permanent)
        do {
            state.frames = try heap.makeBlock(frames, repeating: Frame.vacant, permanent: permanent)
        } catch {
            heap.free(state.stack, permanent: permanent)
            throw error
        }
        return state
    }

    /// The main thread has no stack or one that has grown large: it gets a small one. Nothing runs.
    mutating func shrinkMainThread() {
        if thread.stack.count > 0 && thread.stack.count <= 1 << 14 && thread.frames.count <= 1 << 9 { return }
        heap.free(thread.stack, permanent: true)
        heap.free(thread.frames, permanent: true)
        thread.stack = .empty
        thread.frames = .empty
        if let state = try? makeThread(permanent: true, slots: 1 << 12, frames: 1 << 7) { thread = state }
        thread.status = .running
        thread.baseLevel = 1
    }

    /// So often a script may run out of memory and catch the error. Each time costs a collection of all that it holds.
    static let toleratedShortages = 16

    /// A collection for the script that runs. Who keeps running out of memory ends, whatever it would catch.
    @inline(never) mutating func collectAmongInstructions() throws(Raised) {
        collect()
        guard heap.shortages > Machine.toleratedShortages else { return }
        isKilled = true
        throw heap.outOfMemory()
    }

    /// A collection, between instructions only.
    public mutating func collect() { collect(full: false) }

    /// Full: permanent objects too, between scripts.
    mutating func collect(full: Bool) {
        // However long it takes, what comes behind it goes one step on.
        let budget = budgetLeft
        defer { budgetLeft = max(budgetLeft, min(budget, 1)) }
        heap.beginCollection(full: full)
        heap.mark(globals)
        heap.mark(stringMetatable)
        thread.mark(&heap)
        if currentThread != noHandle {
            mainThread.mark(&heap)
            heap.threads[currentThread] = thread
            heap.mark(thread: currentThread)
        }
        heap.finishCollection()
    }

    // MARK: what natives see

    /// The first free slot of the running thread's stack.
    @inline(__always) var top: Int {
        get { thread.top }
        set { thread.top = min(max(newValue, 0), thread.stack.count) }
    }

    /// nil where no argument was given (see `call.count`).
    public subscript(argument index: Int, of call: NativeCall) -> Value {
        @inline(__always) get {
            UInt(bitPattern: index) < UInt(bitPattern: call.count) ? thread.stack[call.base &+ index] : .nil
        }
    }

    /// Any slot of the running thread's stack, checked.
    subscript(slot index: Int) -> Value {
        @inline(__always) get { thread.stack[index] }
        @inline(__always) set { thread.stack[index] = newValue }
    }

    /// A slot in which a native function keeps an index of its own, up to 2^32.
    subscript(index slot: Int) -> Int {
        @inline(__always) get { Int(self[slot: slot].payload) }
        @inline(__always) set { self[slot: slot] = Value(light: UInt32(truncatingIfNeeded: newValue)) }
    }

    /// The called value itself: functions of the library can be bound to a table.
    func callee(of call: NativeCall) -> Value { thread.stack[call.base - 1] }

    public subscript(result index: Int) -> Value { thread.stack[index] }

    @inline(__always) public mutating func push(_ value: Value) {
        if thread.top >= thread.stack.count && !extendStack() { return }
        thread.stack[thread.top] = value
        thread.top &+= 1
    }

    /// Beyond what was reserved: the stack grows all the same; if memory is out, the value is lost.
    @inline(never)
    private mutating func extendStack() -> Bool {
        do throws(Raised) {
            try growStack(to: thread.stack.count + Machine.freeSlots)
            return true
        } catch {
            return false
        }
    }

    /// Whether a native function may push so many values: 5.1 allows it 8,000 altogether (LUAI_MAXCSTACK).
    func canReserve(slots: Int) -> Bool {
        slots >= 0 && slots <= 8000 && slots < limits.stackSlots - thread.top - Machine.freeSlots
    }

    /// Makes room for so many pushes beyond the 64 that are always free; "stack overflow (message)" if there is none.
    @inline(__always)
    public mutating func reserve(slots: Int, _ message: StaticString = "too many results") throws(Raised) {
        if UInt(bitPattern: slots) <= 8000, slots < thread.stack.count &- thread.top &- Machine.freeSlots { return }
        try reserveSlowly(slots: slots, message)
    }

    @inline(never)
    private mutating func reserveSlowly(slots: Int, _ message: StaticString) throws(Raised) {
        guard canReserve(slots: slots) else { throw error("stack overflow (\(message))") }
        try ensureSlots(upTo: thread.top + slots + Machine.freeSlots)
    }
}

extension Heap {
    /// The error in `raised` says that memory is out.
    var isOutOfMemory: Bool { names.count > 0 && raised.bits == names[names.count - 1].bits }
}
