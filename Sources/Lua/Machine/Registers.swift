// The views through which the run loop reads and writes without checks. They are safe because of what was proven
// before: a call guarantees `windowSlots` slots from its base on, and operands have 8 bits; the verifier has shown that
// jumps and constants of a loaded function are in range. They are taken anew whenever stack or frame may have changed.

/// The registers of the running function.
@safe struct Registers {
    /// Slots that each call is sure of: 256 that 8 bits can name, and those a small offset behind them.
    static let windowSlots = 256 + 64

    private let start: UnsafeMutablePointer<Value>

    /// `base + windowSlots` slots exist: `Machine` sees to it at each call.
    @inline(__always) init(_ stack: Block<Value>, base: Int) {
        precondition(base >= 0 && base <= stack.count &- Registers.windowSlots)
        unsafe start = stack.start + base
    }

    @inline(__always) subscript(operand: Int) -> Value {
        get { unsafe start[operand & 0xFF] }
        nonmutating set { unsafe start[operand & 0xFF] = newValue }
    }

    /// A register near another one; `offset` is a small literal.
    @inline(__always) subscript(operand: Int, plus offset: Int) -> Value {
        get { unsafe start[(operand & 0xFF) &+ (offset & 0x3F)] }
        nonmutating set { unsafe start[(operand & 0xFF) &+ (offset & 0x3F)] = newValue }
    }
}

/// A place in the instructions of a verified function.
@safe struct CodePosition: BitwiseCopyable {
    private var next: UnsafeMutablePointer<Instruction>

    @inline(__always) init(_ instructions: Block<Instruction>) { unsafe next = instructions.start }

    /// Of frames without code; never read.
    static var none: CodePosition { CodePosition(.empty) }

    /// Reads the next instruction and steps behind it.
    @inline(__always) mutating func fetch() -> Instruction {
        let instruction = unsafe next.pointee
        unsafe next += 1
        return instruction
    }

    /// The instruction that was fetched last.
    @inline(__always) var current: Instruction { unsafe (next - 1).pointee }

    @inline(__always) mutating func jump(_ distance: Int) { unsafe next += distance }

    /// A hint makes this a branch, which the processor predicts; as a conditional move it would wait for the condition.
    @inline(__always) mutating func jump(_ distance: Int, if condition: Bool) {
        if _slowPath(condition) { unsafe next += distance }
    }

    /// Writes the cache of the instruction that was fetched last.
    @inline(__always) func cache(_ place: Int) {
        unsafe (next - 1).pointee.bits = current.bits & 0x0000_FFFF_FFFF_FFFF | UInt64(truncatingIfNeeded: place) &<< 48
    }

    /// The index of the next instruction.
    func index(in instructions: Block<Instruction>) -> Int { unsafe next - instructions.start }
}

extension Instruction {
    /// The operation of an instruction that was fetched from verified code, where there is no other number.
    @inline(__always) var verified: Operation { unsafe unsafeBitCast(code, to: Operation.self) }
}

/// The constants of a verified function.
@safe struct Constants: BitwiseCopyable {
    private let start: UnsafeMutablePointer<Value>

    @inline(__always) init(_ constants: Block<Value>) { unsafe start = constants.start }

    static var none: Constants { Constants(.empty) }

    @inline(__always) subscript(index: Int) -> Value { unsafe start[index] }
}

/// The frame on top, in place. It is taken anew whenever frames may have been pushed or popped.
@safe struct FramePointer {
    private let frame: UnsafeMutablePointer<Frame>

    /// The last of the first `count` frames.
    @inline(__always) init(_ frames: Block<Frame>, count: Int) {
        precondition(count > 0 && count <= frames.count)
        unsafe frame = frames.start + (count - 1)
    }

    @inline(__always) var position: CodePosition {
        get { unsafe frame.pointee.position }
        nonmutating set { unsafe frame.pointee.position = newValue }
    }
    @inline(__always) var constants: Constants { unsafe frame.pointee.constants }
    @inline(__always) var closure: UInt32 { unsafe frame.pointee.closure }
    @inline(__always) var function: Int { unsafe Int(frame.pointee.function) }
    @inline(__always) var base: Int { unsafe Int(frame.pointee.base) }
    @inline(__always) var wanted: Int { unsafe Int(frame.pointee.wanted) }
    @inline(__always) var purpose: Frame.Purpose { unsafe frame.pointee.purpose }
    @inline(__always) var level: UInt16 { unsafe frame.pointee.level }
    @inline(__always) var native: NativeFunction { unsafe frame.pointee.native }
    @inline(__always) var count: Int {
        get { unsafe Int(frame.pointee.count) }
        nonmutating set { unsafe frame.pointee.count = Int32(truncatingIfNeeded: newValue) }
    }
    @inline(__always) var stage: UInt8 {
        get { unsafe frame.pointee.stage }
        nonmutating set { unsafe frame.pointee.stage = newValue }
    }
}
