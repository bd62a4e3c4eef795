// What the compiler knows of an expression whose value is not yet where it is wanted.

/// An expression between being read and being put somewhere.
struct Expression: BitwiseCopyable {
    /// Where its value is.
    enum Kind: UInt8 {
        /// No expression: an empty list.
        case void
        case `nil`, `false`, `true`
        /// `number`
        case number
        /// Constant `info`, a string.
        case string
        /// The local variable in register `info`.
        case local
        /// Upvalue `info`.
        case upvalue
        /// The global variable named by constant `info`.
        case global
        /// In the table in register `info`: field K[key], element number key, or index R[key].
        case field, element, index
        /// The results of the call, or of `...`, at instruction `info`.
        case call, varargs
        /// Instruction `info` makes it and has no target register yet.
        case pending
        /// Register `info`, which no variable owns unless it was a local.
        case register
        /// The comparison at instruction `info`, which jumps if it holds.
        case comparison
    }

    var kind = Kind.void
    var info = 0
    var key = 0
    var number = 0.0
    /// Jumps that leave the expression when it is known to be true, or false: the first of each list.
    var trueJumps = Expression.noJump
    var falseJumps = Expression.noJump

    /// The end of a list of jumps, which are linked through their own distances.
    static let noJump = -1

    init(_ kind: Kind, _ info: Int = 0) {
        self.kind = kind
        self.info = info
    }
    init(_ number: Double) {
        kind = .number
        self.number = number
    }

    @inline(__always) var hasJumps: Bool { trueJumps != falseJumps }
    /// A number that folding may use.
    @inline(__always) var isNumeral: Bool { kind == .number && !hasJumps }
    /// Known without running.
    @inline(__always) var isConstant: Bool {
        switch kind {
        case .nil, .false, .true, .number, .string: !hasJumps
        default: false
        }
    }
    /// May have any number of values.
    @inline(__always) var isMultiple: Bool { kind == .call || kind == .varargs }
}
