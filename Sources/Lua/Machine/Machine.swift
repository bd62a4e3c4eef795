// A machine: everything that scripts of one kind share. It has never heard of keys; what scripts want of the outside
// world are host functions, at which `run` returns to its caller.
//
//     var machine = Machine(limits: Limits())
//     machine.openLibraries()
//     let script = try machine.load(source, chunkName: "@user_script")
//     machine.begin(script)
//     while true {
//         switch machine.run() {
//         case .hostCall(let index, let call): …; machine.finishHostCall(results: n)  (or machine.failHostCall())
//         case .paused: …; (the budget is spent: go on by another run(), or machine.kill("…"))
//         case .finished(let results): … machine[result: 0] …; machine.end()
//         case .failed: … machine.raised …; machine.end()
//         }
//     }
//
// No function of this machine recurses for a Lua call, metamethods, pcall, coroutines, sort and gsub included: calls
// are frames in an array, so depth is bounded by count and `run` can return anywhere.

/// What a script may use.
public struct Limits: Sendable {
    /// Bytes of all objects, the permanent ones included.
    public var memory = 1 << 30
    /// Instructions that count (ways back of loops, calls) between two pauses.
    public var budget = 100_000
    /// Frames of one thread; 5.1's LUAI_MAXCALLS. Native ones nest to 200 (LUAI_MAXCCALLS).
    public var frames = 20_000
    /// Slots of one thread's stack; 5.1's LUAI_MAXCSTACK counts differently, its messages are the same.
    public var stackSlots = 1_000_000

    public init() {}
}

/// Why `run` returned.
public enum Outcome {
    /// The function returned so many results: `machine[result: 0]` and so on.
    case finished(results: Int)
    /// An error left the function; its value is `machine.raised`.
    case failed
    /// A host function was called.
    case hostCall(UInt8, NativeCall)
    /// The budget is spent. The next `run` has a new one.
    case paused
}

/// A Lua 5.1 machine.
public struct Machine: ~Copyable {
    public var limits: Limits
    /// All objects.
    var heap: Heap
    /// The table of global variables.
    public internal(set) var globals = Value.nil
    /// The metatable of all strings (`string` is its __index).
    var stringMetatable = Value.nil
    /// The running thread; `currentThread` is its handle, `noHandle` for the main thread, which waits in `mainThread`.
    var thread = ThreadState()
    var currentThread = noHandle
    var mainThread = ThreadState()
    /// What is left of the budget.
    @inline(__always) var budgetLeft: Int {
        get { heap.budgetLeft }
        set { heap.budgetLeft = newValue }
    }
    /// Steps of the native function that runs (see `spend`).
    var nativeSteps = 0
    /// What the native function on top keeps while it waits for the next turn.
    var suspension = Suspension.none
    /// The frame on top is a native function that runs at the moment.
    var isStepping = false
    /// A function was put on the stack and has not been called.
    var isBegun = false
    /// The next `run` begins with the error in `raised`.
    var isRaising = false
    /// That error cannot be caught.
    var isKilled = false
    /// "stack overflow" was raised, and what handles it may use more frames.
    var isHandlingOverflow = false
    /// Where the last error arose: the chunk's name as given to `load`, and the line of the innermost Lua function.
    public internal(set) var failedAt: (chunk: Value, line: Int)?
    /// `pcall` returns the text in the field `err` of an error that is a table, as Redis's does.
    public var unwrapsErrorTables = false
    /// Of the pattern matcher.
    let captures = Captures()
    /// Of collectgarbage.
    var collectorSettings = CollectorSettings()
    /// Never used. A value that can hold anything makes this a type that is only ever passed by its address; without it
    /// methods that read but do not change get a copy of the whole struct, 1.3 KB, at every call.
    private let addressOnly: (any Sendable)? = nil
    /// Of math.random.
    var random = RandomSequence()
    /// What scripts have set about JSON.
    var jsonSettings = JSONSettings()

    /// One that is not prepared must be before anything is made in it; until then it occupies next to nothing.
    public init(limits: Limits = Limits(), isPrepared: Bool = true) {
        self.limits = limits
        heap = Heap(limit: limits.memory, hasNames: false)
        if isPrepared { prepare() }
    }

    /// Makes what every machine needs, unless that has been done.
    public mutating func prepare() {
        if thread.stack.count > 0 { return }
        heap.makeNames()
        shrinkMainThread()
    }
}
