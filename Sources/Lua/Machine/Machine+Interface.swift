// stub of the interface; each part moves to its owner's file.
extension Machine {
    // ---- machine: running
    /// Compiles a chunk into a permanent function. The message of a syntax error is then in `raised`.
    public mutating func load(_ source: RawSpan, chunkName: RawSpan) throws(Raised) -> Value { fatalError() }
    /// Puts the function on the stack of the main thread; arguments may be pushed behind it before the first `run`.
    public mutating func begin(_ function: Value) { fatalError() }
    public mutating func run() -> Outcome { fatalError() }
    /// The last `results` pushed values are what the host function returns; the next `run` goes on behind the call.
    public mutating func finishHostCall(results: Int) { fatalError() }
    /// The host function ends with the error in `raised`, which `pcall` can catch.
    public mutating func failHostCall() { fatalError() }
    /// Ends the running script with an error that nothing in it can catch; the next `run` returns `.failed`.
    public mutating func kill(_ message: String) { fatalError() }
    /// Forgets the script: its stack, and all objects made since the last `keep`, unless a permanent object holds them.
    public mutating func end() { fatalError() }
    /// What exists now is permanent: it survives `end`, until `forget(function)` and a collection.
    public mutating func keep() { fatalError() }
    public subscript(result index: Int) -> Value { fatalError() }

    // ---- machine: what native functions use
    /// An error with the position of the running Lua function before the message, as luaL_error makes it: `throw machine.error("…")`.
    public mutating func error(_ message: String) -> Raised { fatalError() }
    /// An error with just this value.
    public mutating func error(value: Value) -> Raised { raised = value; return Raised() }
    /// "bad argument #1 to 'insert' (message)", in the words of luaL_argerror (the name is found in the calling instruction). `index` from 0.
    public mutating func argumentError(_ index: Int, _ message: String) -> Raised { fatalError() }
    /// "bad argument #1 to 'insert' (table expected, got no value)"
    public mutating func typeError(_ index: Int, of call: NativeCall, expected: StaticString) -> Raised { fatalError() }
    /// The position "chunk:line:" of the function at a level (1: the function that called the native one), or empty.
    func position(level: Int) -> String { fatalError() }
    /// nil where no argument was given (see `call.count`).
    public subscript(argument index: Int, of call: NativeCall) -> Value {
        get { fatalError() }
    }
    /// Any slot of the running thread's stack, checked.
    subscript(slot index: Int) -> Value {
        get { fatalError() }
        set { fatalError() }
    }
    /// Counts the steps of a long native function; too many in one call are an error.
    @inline(__always) mutating func spend(_ steps: Int) throws(Raised) {}
    public mutating func push(_ value: Value) { fatalError() }
    /// Makes room for so many pushes beyond the 64 that are always free; "stack overflow (message)" if there is none.
    public mutating func reserve(slots: Int, _ message: StaticString = "too many results") throws(Raised) {
        fatalError()
    }
    /// Metamethods for natives that only look: the value of a field in the metatable of any value, or nil.
    func metamethod(_ name: StaticString, of value: Value) -> Value { fatalError() }

    /// A full collection, between instructions only.
    public mutating func collect() { fatalError() }
}
