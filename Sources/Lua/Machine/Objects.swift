// What functions and threads are made of, as the heap keeps them. Everything refers to everything else by handles and
// indices, so that stacks and pools can move.

/// A handle that names nothing.
let noHandle = UInt32.max

/// A function written in Lua, with what it took along.
struct Closure: BitwiseCopyable {
    /// Its code, in `Heap.codes`.
    var code: UInt32
    /// The table of its global variables.
    var environment: Value
    /// Handles in `Heap.upvalues`.
    var upvalues: Block<UInt32>
}

/// A variable that a closure shares with the function around it.
struct Upvalue: BitwiseCopyable {
    /// Its value, once it is closed.
    var value = Value.nil
    /// While it is open: the slot of the thread's stack where it lives. Negative when it is closed.
    var slot: Int32
    /// Whose stack that is; `noHandle` is the main thread.
    var thread: UInt32
    /// The open one below it on the same stack.
    var next: UInt32
}

/// A loaded prototype.
struct FunctionCode: BitwiseCopyable {
    var instructions = Block<Instruction>.empty
    var constants = Block<Value>.empty
    /// Handles in `Heap.codes`.
    var children = Block<UInt32>.empty
    /// Where a new closure takes each upvalue from: the register, or 0x100 + the upvalue of the function around it.
    var upvalueSources = Block<UInt16>.empty
    var upvalueNames = Block<Value>.empty
    /// The line of each instruction.
    var lines = Block<Int32>.empty
    var locals = Block<LocalName>.empty
    /// As given to `load`, and as messages show it.
    var chunkName = Value.nil
    var shortName = Value.nil
    var parameterCount: UInt8 = 0
    var registerCount: UInt8 = 2
    var isVariadic = false
    var needsArgumentTable = false
    var firstLine: Int32 = 0
}

/// A local variable, for messages.
struct LocalName: BitwiseCopyable {
    var name: Value
    var register: Int32
    var start: Int32
    var end: Int32
}

/// A thread: its stack and its frames. The running one is in `Machine.thread`, the others are in `Heap.threads`.
struct ThreadState: BitwiseCopyable {
    /// What a coroutine is to others.
    enum Status: UInt8 { case suspended, running, normal, dead }

    var stack = Block<Value>.empty
    var frames = Block<Frame>.empty
    var frameCount = 0
    var top = 0
    /// The open upvalue that lives highest on the stack.
    var openUpvalues = noHandle
    /// That slot, or -1.
    var highestOpen = -1
    /// What `getfenv(0)` shows, and new functions of `loadstring` get.
    var environment = Value.nil
    /// Who resumed it; `noHandle` is the main thread.
    var resumer = noHandle
    var status = Status.suspended
    /// How deep in native calls its body runs (see `Frame.level`); yielding is possible at this level only.
    var baseLevel: UInt16 = 0
}

extension Closure: PoolObject {
    static var vacant: Closure { Closure(code: noHandle, environment: .nil, upvalues: .empty) }

    func mark(_ heap: inout Heap) {
        heap.mark(code: code)
        heap.mark(environment)
        for index in 0..<upvalues.count { heap.mark(upvalue: upvalues[index]) }
    }

    mutating func visitBlocks(_ visitor: inout Heap) { visitor.visit(&upvalues) }
}

extension Upvalue: PoolObject {
    static var vacant: Upvalue { Upvalue(slot: -1, thread: noHandle, next: noHandle) }

    /// An open one needs the stack on which its variable lives.
    func mark(_ heap: inout Heap) {
        heap.mark(value)
        if slot >= 0, thread != noHandle { heap.mark(thread: thread) }
    }

    mutating func visitBlocks(_ visitor: inout Heap) {}
}

extension FunctionCode: PoolObject {
    static var vacant: FunctionCode { FunctionCode() }

    func mark(_ heap: inout Heap) {
        for index in 0..<constants.count { heap.mark(constants[index]) }
        for index in 0..<children.count { heap.mark(code: children[index]) }
        for index in 0..<upvalueNames.count { heap.mark(upvalueNames[index]) }
        for index in 0..<locals.count { heap.mark(locals[index].name) }
        heap.mark(chunkName)
        heap.mark(shortName)
    }

    mutating func visitBlocks(_ visitor: inout Heap) {
        visitor.visit(&instructions)
        visitor.visit(&constants)
        visitor.visit(&children)
        visitor.visit(&upvalueSources)
        visitor.visit(&upvalueNames)
        visitor.visit(&lines)
        visitor.visit(&locals)
    }
}

extension ThreadState: PoolObject {
    static var vacant: ThreadState { ThreadState(status: .dead) }

    /// The slots that may be alive. Of the running thread some within frames may not have been written yet, and hold
    /// what was there before; one that waits does so in a native function, above which there is nothing.
    func liveSlots(_ heap: borrowing Heap) -> Int {
        status == .running ? slotsOfFrames(heap) : min(top, stack.count)
    }

    private func slotsOfFrames(_ heap: borrowing Heap) -> Int {
        var end = top
        for index in 0..<frameCount where frames[index].kind == .lua {
            let frame = frames[index]
            let closure = heap.closures[frame.closure]
            end = max(end, Int(frame.base) + Int(heap.codes[closure.code].registerCount) + 1)
        }
        return min(end, stack.count)
    }

    /// A native function is running: what is above it within the frames is no longer alive.
    func clearUnusedSlots(_ heap: borrowing Heap) {
        for index in min(top, stack.count)..<slotsOfFrames(heap) { stack[index] = .nil }
    }

    func mark(_ heap: inout Heap) {
        let live = liveSlots(heap)
        for index in 0..<live { heap.mark(stack[index]) }
        for index in live..<stack.count { stack[index] = .nil }
        heap.mark(environment)
        if resumer != noHandle { heap.mark(thread: resumer) }
        // The list of open upvalues must stay whole, whether a closure still has them or not.
        var upvalue = openUpvalues
        while upvalue != noHandle {
            heap.mark(upvalue: upvalue)
            upvalue = heap.upvalues[upvalue].next
        }
    }

    mutating func visitBlocks(_ visitor: inout Heap) {
        visitor.visit(&stack)
        visitor.visit(&frames)
    }
}
