// Operators: arithmetic with folding of constants, comparisons that jump, `and`, `or`, `not`.

import Platform

/// A binary operator.
enum BinaryOperator: UInt8 {
    case add, subtract, multiply, divide, modulo, power, concatenate
    case notEqual, equal, less, lessOrEqual, greater, greaterOrEqual
    case and, or

    init?(_ token: TokenKind) {
        switch token {
        case .plus: self = .add
        case .minus: self = .subtract
        case .star: self = .multiply
        case .slash: self = .divide
        case .percent: self = .modulo
        case .caret: self = .power
        case .concatenation: self = .concatenate
        case .notEqual: self = .notEqual
        case .equal: self = .equal
        case .less: self = .less
        case .lessOrEqual: self = .lessOrEqual
        case .greater: self = .greater
        case .greaterOrEqual: self = .greaterOrEqual
        case .and: self = .and
        case .or: self = .or
        default: return nil
        }
    }

    /// How strongly it binds what stands left of it, and right of it.
    var priority: (left: Int, right: Int) {
        switch self {
        case .or: (1, 1)
        case .and: (2, 2)
        case .notEqual, .equal, .less, .lessOrEqual, .greater, .greaterOrEqual: (3, 3)
        case .concatenate: (5, 4)
        case .add, .subtract: (6, 6)
        case .multiply, .divide, .modulo: (7, 7)
        case .power: (10, 9)
        }
    }
    static let unaryPriority = 8
}

extension Compilation {
    // MARK: Unary

    mutating func negate(_ expression: inout Expression) throws(SyntaxError) {
        if expression.isNumeral {
            let result = -expression.number
            if !result.isNaN {
                expression.number = result
                return
            }
        }
        try emitUnary(.negate, &expression)
    }

    mutating func emitUnary(_ operation: Operation, _ expression: inout Expression) throws(SyntaxError) {
        let register = try placeInAnyRegister(&expression)
        free(expression)
        expression = Expression(.pending, try emit(Instruction(operation, b: register)))
    }

    mutating func not(_ expression: inout Expression) throws(SyntaxError) {
        try discharge(&expression)
        switch expression.kind {
        case .nil, .false: expression.kind = .true
        case .number, .string, .true: expression.kind = .false
        case .comparison: invert(expression.info)
        default:
            let jumps = (expression.trueJumps, expression.falseJumps)
            expression.trueJumps = Expression.noJump
            expression.falseJumps = Expression.noJump
            try emitUnary(.not, &expression)
            (expression.trueJumps, expression.falseJumps) = jumps
        }
        swap(&expression.trueJumps, &expression.falseJumps)
        dropValues(expression.trueJumps)
        dropValues(expression.falseJumps)
    }

    /// The comparison jumps if it does not hold.
    private mutating func invert(_ comparison: Int) {
        self[instruction: comparison].a ^= 1
    }

    // MARK: Conditions

    /// What follows runs only if the expression is true; if not, one of `falseJumps` is taken.
    mutating func goOnIfTrue(_ expression: inout Expression) throws(SyntaxError) {
        try discharge(&expression)
        var exit = Expression.noJump
        switch expression.kind {
        case .number, .string, .true: break
        case .false: exit = try plainJump()
        case .comparison:
            invert(expression.info)
            exit = expression.info
        default: exit = try jumpOn(&expression, truth: false)
        }
        expression.falseJumps = joined(exit, expression.falseJumps)
        patchToHere(expression.trueJumps)
        expression.trueJumps = Expression.noJump
    }

    /// What follows runs only if the expression is false or nil.
    mutating func goOnIfFalse(_ expression: inout Expression) throws(SyntaxError) {
        try discharge(&expression)
        var exit = Expression.noJump
        switch expression.kind {
        case .nil, .false: break
        case .true: exit = try plainJump()
        case .comparison: exit = expression.info
        default: exit = try jumpOn(&expression, truth: true)
        }
        expression.trueJumps = joined(exit, expression.trueJumps)
        patchToHere(expression.falseJumps)
        expression.falseJumps = Expression.noJump
    }

    private mutating func jumpOn(_ expression: inout Expression, truth: Bool) throws(SyntaxError) -> Int {
        if expression.kind == .pending, self[instruction: expression.info].operation == .not {
            let operand = self[instruction: expression.info].b
            removeLastInstruction()
            return try emit(Instruction(.jumpIf, a: truth ? 0 : 1, b: operand, jump: Expression.noJump))
        }
        if expression.kind != .register {
            try reserve(1)
            let register = function.freeRegister - 1
            try put(&expression, in: register)
        }
        free(expression)
        return try emit(
            Instruction(.copyAndJumpIf, a: 0, b: expression.info, c: truth ? 1 : 0, jump: Expression.noJump))
    }

    // MARK: Binary

    /// Before the right operand is read.
    mutating func prepare(_ left: inout Expression, for operation: BinaryOperator) throws(SyntaxError) {
        switch operation {
        case .and: try goOnIfTrue(&left)
        case .or: try goOnIfFalse(&left)
        case .concatenate: try placeInNextRegister(&left)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            // 0 and -0 are one constant, the one that comes first: before those of the right operand.
            if left.isNumeral, left.number == 0 { _ = constant(left.number) }
            try settle(&left)
        default: try settle(&left)
        }
    }

    /// When both are read: `left` becomes the result.
    mutating func combine(_ left: inout Expression, _ operation: BinaryOperator, _ right: inout Expression)
        throws(SyntaxError)
    {
        switch operation {
        case .and:
            try discharge(&right)
            right.falseJumps = joined(right.falseJumps, left.falseJumps)
            left = right
        case .or:
            try discharge(&right)
            right.trueJumps = joined(right.trueJumps, left.trueJumps)
            left = right
        case .concatenate: try concatenate(&left, &right)
        case .add: try arithmetic(.add, &left, &right)
        case .subtract: try arithmetic(.subtract, &left, &right)
        case .multiply: try arithmetic(.multiply, &left, &right)
        case .divide: try arithmetic(.divide, &left, &right)
        case .modulo: try arithmetic(.modulo, &left, &right)
        case .power: try arithmetic(.power, &left, &right)
        case .equal: try compareForEquality(&left, &right, truth: true)
        case .notEqual: try compareForEquality(&left, &right, truth: false)
        case .less: try compareForOrder(.less, &left, &right)
        case .lessOrEqual: try compareForOrder(.lessOrEqual, &left, &right)
        case .greater:
            swap(&left, &right)
            try compareForOrder(.less, &left, &right)
        case .greaterOrEqual:
            swap(&left, &right)
            try compareForOrder(.lessOrEqual, &left, &right)
        }
    }

    private mutating func free(_ one: Expression, _ other: Expression) {
        let isInOrder = one.kind == .register && other.kind == .register && one.info > other.info
        free(isInOrder ? one : other)
        free(isInOrder ? other : one)
    }

    /// A string of concatenations becomes one instruction, made by the rightmost.
    private mutating func concatenate(_ left: inout Expression, _ right: inout Expression) throws(SyntaxError) {
        if right.hasJumps { try placeInAnyRegister(&right) } else { try discharge(&right) }
        if right.kind == .pending, self[instruction: right.info].operation == .concatenate {
            let old = self[instruction: right.info]
            free(left)
            self[instruction: right.info] = Instruction(.concatenate, b: left.info, c: old.c)
            left = right
            return
        }
        try placeInNextRegister(&right)
        free(left, right)
        left = Expression(.pending, try emit(Instruction(.concatenate, b: left.info, c: right.info)))
    }

    private mutating func arithmetic(_ operation: Operation, _ left: inout Expression, _ right: inout Expression)
        throws(SyntaxError)
    {
        if left.isNumeral, right.isNumeral,
            let result = Compilation.fold(operation, left.number, right.number)
        {
            left.number = result
            return
        }
        if right.isNumeral {
            let constant = constant(right.number)
            if constant <= 0xFFFF, let withConstant = operation.withConstant {
                let register = try placeInAnyRegister(&left)
                free(left)
                left = Expression(.pending, try emit(Instruction(withConstant, b: register, c: constant)))
                return
            }
        }
        let second = try placeInAnyRegister(&right)
        let first = try placeInAnyRegister(&left)
        free(left, right)
        left = Expression(.pending, try emit(Instruction(operation, b: first, c: second)))
    }

    /// What 5.1 works out when it compiles: all but what would divide by zero or give NaN.
    private static func fold(_ operation: Operation, _ left: Double, _ right: Double) -> Double? {
        let result: Double
        switch operation {
        case .add: result = left + right
        case .subtract: result = left - right
        case .multiply: result = left * right
        case .divide where right != 0: result = left / right
        case .modulo where right != 0: result = left - (left / right).rounded(.down) * right
        case .power: result = Arithmetic.power(left, right)
        default: return nil
        }
        return result.isNaN ? nil : result
    }

    // MARK: Comparisons

    private mutating func compareForEquality(_ left: inout Expression, _ right: inout Expression, truth: Bool)
        throws(SyntaxError)
    {
        if left.isConstant, !right.isConstant { swap(&left, &right) }
        if right.isConstant {
            let constant = constant(of: right)
            if constant <= 0xFF {
                let register = try placeInAnyRegister(&left)
                free(left)
                try compare(&left, .jumpIfEqualConstant, truth, register, constant)
                return
            }
        }
        try compareRegisters(.jumpIfEqual, &left, &right, truth: truth)
    }

    /// left < right, or left <= right.
    private mutating func compareForOrder(
        _ relation: BinaryOperator, _ left: inout Expression, _ right: inout Expression
    ) throws(SyntaxError) {
        let isStrict = relation == .less
        if left.isNumeral, !right.isConstant {
            let constant = constant(left.number)
            if constant <= 0xFF {
                let register = try placeInAnyRegister(&right)
                free(right)
                try compare(
                    &left, isStrict ? .jumpIfGreaterConstant : .jumpIfGreaterOrEqualConstant, true, register, constant)
                return
            }
        }
        if right.isNumeral {
            let constant = constant(right.number)
            if constant <= 0xFF {
                let register = try placeInAnyRegister(&left)
                free(left)
                try compare(
                    &left, isStrict ? .jumpIfLessConstant : .jumpIfLessOrEqualConstant, true, register, constant)
                return
            }
        }
        try compareRegisters(isStrict ? .jumpIfLess : .jumpIfLessOrEqual, &left, &right, truth: true)
    }

    private mutating func compareRegisters(
        _ operation: Operation, _ left: inout Expression, _ right: inout Expression, truth: Bool
    ) throws(SyntaxError) {
        // A constant comes last, for the other operand may have jumps that are still open.
        if right.isConstant { try placeInAnyRegister(&left) }
        let second = try placeInAnyRegister(&right)
        let first = try placeInAnyRegister(&left)
        free(left, right)
        try compare(&left, operation, truth, first, second)
    }

    private mutating func compare(
        _ expression: inout Expression, _ operation: Operation, _ truth: Bool, _ first: Int, _ second: Int
    ) throws(SyntaxError) {
        let index = try emit(
            Instruction(operation, a: truth ? 1 : 0, b: first, c: second, jump: Expression.noJump))
        expression = Expression(.comparison, index)
    }
}

extension Operation {
    /// The same with a constant as its right operand.
    var withConstant: Operation? {
        switch self {
        case .add: .addConstant
        case .subtract: .subtractConstant
        case .multiply: .multiplyConstant
        case .divide: .divideConstant
        case .modulo: .moduloConstant
        case .power: .powerConstant
        default: nil
        }
    }
}
