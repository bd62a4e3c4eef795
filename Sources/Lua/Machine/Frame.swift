// A call that has not returned yet.

/// One entry of a thread's list of calls. It holds indices, not pointers into the stack, which may move.
struct Frame: BitwiseCopyable {
    /// What was called.
    enum Kind: UInt8 {
        /// A function written in Lua.
        case lua
        /// A native function that calls Lua; `stage` is where it goes on.
        case control
        /// A function of the host; the machine waits for its results.
        case host
    }

    /// Who waits for the results, and for what.
    enum Purpose: UInt8 {
        /// An instruction `call`: they go to the function's slot and behind it.
        case call
        /// A control function: likewise, and the top is behind them.
        case control
        /// An instruction that asked a metamethod: it goes on with the first result.
        case instruction
        /// The same, but `a <= b` was asked as `not (b < a)`.
        case negatedInstruction
        /// A generic loop.
        case loop
        /// The result of an error handler takes the place of the error.
        case handler
        /// It is the first call of its thread.
        case thread
    }

    /// The next instruction.
    var position: CodePosition
    var constants: Constants
    /// Lua: its handle.
    var closure: UInt32
    /// Where the called value lies; the results go there.
    var function: Int32
    /// The first register, or the first argument.
    var base: Int32
    /// How many results are wanted; -1: all.
    var wanted: Int32
    var kind: Kind
    var purpose: Purpose
    /// Control functions: where to go on.
    var stage: UInt8
    /// How many native calls are below it: calls by metamethods and control functions count.
    var level: UInt16
    var native: NativeFunction
    /// Control and host functions: how many arguments. Lua: what a concatenation has still to do.
    var count: Int32
    /// How many calls made way for this one.
    var tailCalls: Int32

    static var vacant: Frame {
        Frame(
            position: .none, constants: .none, closure: noHandle, function: 0, base: 0, wanted: 0, kind: .lua,
            purpose: .call, stage: 0, level: 0, native: NativeFunction(rawValue: 0), count: 0, tailCalls: 0)
    }
}
