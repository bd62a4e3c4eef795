// How a native function calls Lua without the machine recursing: it pushes a function and its arguments, says `.call`,
// and is resumed behind it. What it must remember lies on the stack, behind its arguments.

/// What a control function does next.
enum Continuation {
    /// The last so many pushed values are its results.
    case finish(results: Int)
    /// A function and so many arguments were pushed: call it, leave so many results on top of the stack (-1: all), and
    /// come back with this stage.
    case call(arguments: Int, results: Int, stage: UInt8)
    /// The budget is spent: come back with this stage in the next turn.
    case pause(stage: UInt8)
    /// Another coroutine runs now; its frames are on top.
    case switched
}
// A library with control functions has
//     static func step(_ function: UInt8, stage: UInt8, _ machine: inout Machine, _ call: NativeCall)
//         throws(Raised) -> Continuation
// Stage 0 is the beginning. Slots from `call.base` on are the function's own: arguments, then what it pushed and did
// not pass on. A plain library has
//     static func call(_ function: UInt8, _ machine: inout Machine, _ call: NativeCall) throws(Raised) -> Int
