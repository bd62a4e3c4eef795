// A function while it is compiled: what becomes its prototype, and what is forgotten at its end.

/// A function whose end has not been read.
struct FunctionState {
    /// A local variable that is declared, and in scope if it is below `activeCount`. Its register is its index.
    struct Variable {
        let name: Slice
        /// Its entry in `prototype.locals`.
        let local: Int
    }

    /// A block that is open.
    struct Block {
        /// Variables in scope at its beginning.
        let activeCount: Int
        let isLoop: Bool
        /// A closure holds one of its variables.
        var isCaptured = false
        var breaks = Expression.noJump
    }

    /// Where an upvalue comes from.
    struct Upvalue {
        let name: Slice
        let isRegister: Bool
        let index: Int
    }

    /// A constant as the compiler finds it again.
    enum Constant {
        case number(Double)
        case string(Slice)
        case `nil`
        case boolean(Bool)
    }

    var prototype = Prototype()
    var variables: [Variable] = []
    /// Variables in scope; those beyond are declared but not yet visible.
    var activeCount = 0
    var blocks: [Block] = []
    var upvalues: [Upvalue] = []
    var constants: [Constant] = []
    /// Where constants are, by hash, once there are many; -1 is a free place.
    var constantPlaces: [Int32] = []
    /// The hash of each constant, as far as there are places.
    var constantHashes: [Int] = []
    /// Of each constant: whether it names a variable that the functions around do not have, so it is not sought there
    /// again. Kept only where those have many variables.
    var knownGlobals: [Bool] = []
    var freeRegister = 0
    /// Jumps to the next instruction.
    var pendingJumps = Expression.noJump
    /// The last instruction that a jump may go to: what stands before it must not be changed any more.
    var lastTarget = -1

    init(firstLine: Int) {
        prototype.firstLine = firstLine
        prototype.instructions.reserveCapacity(24)
        prototype.lines.reserveCapacity(24)
    }

    @inline(__always) var count: Int { prototype.instructions.count }
}
