// The instructions of the register machine: 64 bits each, in one of two layouts.
//
//     ABCD   code 8 | A 8 | B 16 | C 16 | D 16     D is a cache of the machine's: where the key was last found
//     ABCJ   code 8 | A 8 | B 8  | C 8  | J 32     J is a signed distance, counted from the next instruction
//
// R[x] is a register of the running function, by the lower 8 bits of the operand: a call guarantees 256 of them, so no
// operand can name one that does not exist. K[x] is a constant; the verifier proves once that all K and J are in range.

/// What an instruction does.
enum Operation: UInt8 {
    /// ABCD. R[A] = R[B]
    case move
    /// ABCJ. R[A] = K[J]
    case loadConstant
    /// ABCD. R[A] … R[A + B - 1] = nil
    case loadNil
    /// ABCD. R[A] = (B != 0), and passes over the next instruction if C is 1.
    case loadBoolean
    /// ABCD. R[A] = environment[K[wide]], a string
    case getGlobal
    /// ABCD. environment[K[wide]] = R[A]
    case setGlobal
    /// ABCD. R[A] = upvalue B
    case getUpvalue
    /// ABCD. upvalue B = R[A]
    case setUpvalue
    /// ABCD. R[A] = R[B][K[C]]; K[C] is a string
    case getField
    /// ABCD. R[A][K[B]] = R[C]; K[B] is a string
    case setField
    /// ABCD. R[A] = R[B][R[C]]
    case getIndex
    /// ABCD. R[A][R[B]] = R[C]
    case setIndex
    /// ABCD. R[A] = R[B][C]; C is the key, an integer from 0
    case getElement
    /// ABCD. R[A][B] = R[C]; B is the key, an integer from 0
    case setElement
    /// ABCD. R[A + 1] = R[B]; R[A] = R[B][K[C]]
    case getMethod
    /// ABCD. R[A] = {}, with room for `elementRoom` elements and `fieldRoom` fields
    case newTable
    /// ABCJ. R[A][J + i] = R[A + i] for 1 <= i <= B, or up to the top if B is 0 (then the top is as `call` left it)
    case setList
    /// ABCD. R[A] = R[B] op R[C]
    case add, subtract, multiply, divide, modulo, power
    /// ABCD. R[A] = R[B] op K[C]; K[C] is a number
    case addConstant, subtractConstant, multiplyConstant, divideConstant, moduloConstant, powerConstant
    /// ABCD. R[A] = -R[B], not R[B], #R[B]
    case negate, not, length
    /// ABCD. R[A] = R[B] .. … .. R[C], from the right
    case concatenate
    /// ABCJ. Goes J further. A loop's way back is one with J < 0 and counts against the budget.
    case jump
    /// ABCJ. Goes J further if R[B] is true (A = 1) or not (A = 0).
    case jumpIf
    /// ABCJ. If R[B] is true (C = 1) or not (C = 0): R[A] = R[B], and goes J further.
    case copyAndJumpIf
    /// ABCJ. Goes J further if (R[B] op R[C]) is the truth of A.
    case jumpIfEqual, jumpIfLess, jumpIfLessOrEqual
    /// ABCJ. Goes J further if (R[B] op K[C]) is the truth of A: == any constant; <, <=, > and >= a number. C < 256.
    case jumpIfEqualConstant, jumpIfLessConstant, jumpIfLessOrEqualConstant, jumpIfGreaterConstant,
        jumpIfGreaterOrEqualConstant
    /// ABCJ. R[A], R[A + 1], R[A + 2] are start, limit and step: checks them, R[A] -= step, goes J further (to the
    /// loop's end).
    case prepareFor
    /// ABCJ. R[A] += R[A + 2]; if within the limit R[A + 1]: R[A + 3] = R[A], and goes J further (back).
    case forLoop
    /// ABCJ. `forLoop` whose step R[A + 2] is known to be 1.
    case forLoopByOne
    /// ABCJ. R[A + 3] … R[A + 2 + C] = R[A](R[A + 1], R[A + 2]); if R[A + 3] is not nil: R[A + 2] = R[A + 3], goes J
    /// further (back)
    case genericFor
    /// ABCD. R[A] … = R[A](R[A + 1] … R[A + B - 1]): B - 1 arguments (B = 0: up to the top), C - 1 results (C = 0: all,
    /// to the top)
    case call
    /// ABCD. return R[A](R[A + 1] … R[A + B - 1]), in place of the running function. A `return` of all up to the top is
    /// the next instruction, for a function that leaves its results like `call` with C = 0.
    case tailCall
    /// ABCD. return R[A] … R[A + B - 2] (B = 0: up to the top)
    case `return`
    /// ABCD. R[A] = a closure of the child `wide`. Where its upvalues come from is in the child's prototype.
    case closure
    /// ABCD. R[A] … R[A + B - 2] = the surplus arguments (B = 0: all of them, to the top)
    case varargs
    /// ABCD. Closes the upvalues at and above R[A].
    case close
}

/// One instruction.
struct Instruction: BitwiseCopyable {
    var bits: UInt64

    @inline(__always) init(bits: UInt64) { self.bits = bits }
    /// ABCD, with B and C as one number.
    init(_ operation: Operation, a: Int, wide: Int) {
        self.init(operation, a: a, b: wide & 0xFFFF, c: wide >> 16)
    }
    init(_ operation: Operation, a: Int = 0, b: Int = 0, c: Int = 0) {
        bits =
            UInt64(operation.rawValue) | UInt64(UInt8(truncatingIfNeeded: a)) &<< 8
            | UInt64(UInt16(truncatingIfNeeded: b)) &<< 16 | UInt64(UInt16(truncatingIfNeeded: c)) &<< 32
    }
    init(_ operation: Operation, a: Int = 0, b: Int = 0, c: Int = 0, jump: Int) {
        bits =
            UInt64(operation.rawValue) | UInt64(UInt8(truncatingIfNeeded: a)) &<< 8
            | UInt64(UInt8(truncatingIfNeeded: b)) &<< 16 | UInt64(UInt8(truncatingIfNeeded: c)) &<< 24
            | UInt64(UInt32(bitPattern: Int32(truncatingIfNeeded: jump))) &<< 32
    }

    @inline(__always) var code: UInt8 { UInt8(truncatingIfNeeded: bits) }
    var operation: Operation? { Operation(rawValue: code) }
    @inline(__always) var a: Int {
        get { Int(UInt8(truncatingIfNeeded: bits &>> 8)) }
        set { bits = bits & ~0xFF00 | UInt64(UInt8(truncatingIfNeeded: newValue)) &<< 8 }
    }
    /// Of the layout ABCD.
    @inline(__always) var b: Int { Int(UInt16(truncatingIfNeeded: bits &>> 16)) }
    @inline(__always) var c: Int { Int(UInt16(truncatingIfNeeded: bits &>> 32)) }
    @inline(__always) var d: Int { Int(bits &>> 48) }
    /// B and C as one number of 32 bits, for those that need no C.
    @inline(__always) var wide: Int { Int(UInt32(truncatingIfNeeded: bits &>> 16)) }
    /// The rooms of `newTable`.
    @inline(__always) var elementRoom: Int { Instruction.room(b) }
    @inline(__always) var fieldRoom: Int { Instruction.room(c) }
    /// What a room's code stands for: up to 15 itself, beyond that three bits and a shift, so that tables made by
    /// constructors have the sizes that 5.1 gives them.
    @inline(__always) static func room(_ code: Int) -> Int {
        code < 8 ? code : (code & 7 | 8) &<< ((code &>> 3 &- 1) & 31)
    }
    /// The code of the least room that holds `count`.
    static func roomCode(_ count: Int) -> Int {
        var mantissa = count
        var shift = 0
        while mantissa >= 16 {
            mantissa = (mantissa + 1) >> 1
            shift += 1
        }
        return mantissa < 8 ? mantissa : (shift + 1) << 3 | (mantissa - 8)
    }
    /// Of the layout ABCJ.
    @inline(__always) var shortB: Int { Int(UInt8(truncatingIfNeeded: bits &>> 16)) }
    @inline(__always) var shortC: Int { Int(UInt8(truncatingIfNeeded: bits &>> 24)) }
    @inline(__always) var jump: Int {
        get { Int(Int32(truncatingIfNeeded: Int64(bitPattern: bits) &>> 32)) }
        set { bits = bits & 0xFFFF_FFFF | UInt64(UInt32(bitPattern: Int32(truncatingIfNeeded: newValue))) &<< 32 }
    }
}
