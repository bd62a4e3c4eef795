// What the compiler makes of a chunk: plain values that know no machine. The machine loads them (`FunctionCode`).

/// A function as it was written: instructions, constants, the functions within it, and what error messages need.
struct Prototype {
    /// A constant of the function.
    enum Constant {
        case number(Double)
        case string([UInt8])
        case `nil`
        case boolean(Bool)
    }

    /// Where a closure takes an upvalue from when it is made.
    struct Upvalue {
        let name: [UInt8]
        /// A register of the function around it, or else one of that function's upvalues.
        let isRegister: Bool
        let index: Int
    }

    /// A local variable and the instructions during which it is alive.
    struct Local {
        let name: [UInt8]
        let register: Int
        var start: Int
        var end: Int
    }

    var instructions: [Instruction] = []
    /// The line of each instruction.
    var lines: [Int32] = []
    var constants: [Constant] = []
    var children: [Prototype] = []
    var upvalues: [Upvalue] = []
    var locals: [Local] = []
    var parameterCount = 0
    /// Takes `...`.
    var isVariadic = false
    /// Does not name `...` though it is variadic: then the table `arg` is its first local behind the parameters, as in
    /// 5.1.
    var needsArgumentTable = false
    /// Registers in use, at most 250.
    var registerCount = 2
    var firstLine = 0
    var lastLine = 0
}
