// Puts the values of expressions where they are wanted: in a certain register, in any, in the next free one, or into a
// variable.

extension Compilation {
    // MARK: Several values

    /// A call or `...` gives so many values; -1: all.
    mutating func setResults(_ expression: Expression, _ count: Int) throws(SyntaxError) {
        if expression.kind == .call {
            let old = self[instruction: expression.info]
            self[instruction: expression.info] = Instruction(.call, a: old.a, b: old.b, c: count + 1)
        } else if expression.kind == .varargs {
            self[instruction: expression.info] = Instruction(.varargs, a: function.freeRegister, b: count + 1)
            try reserve(1)
        }
    }

    /// A call or `...` gives one value.
    mutating func setOneResult(_ expression: inout Expression) {
        if expression.kind == .call {
            expression.kind = .register
            expression.info = self[instruction: expression.info].a
        } else if expression.kind == .varargs {
            self[instruction: expression.info] = Instruction(.varargs, a: 0, b: 2)
            expression.kind = .pending
        }
    }

    // MARK: Reading

    /// Variables are read: what remains is a constant, a register, a pending instruction or a comparison.
    mutating func discharge(_ expression: inout Expression) throws(SyntaxError) {
        switch expression.kind {
        case .local: expression.kind = .register
        case .upvalue: try makePending(&expression, Instruction(.getUpvalue, b: expression.info))
        case .global: try makePending(&expression, Instruction(.getGlobal, a: 0, wide: expression.info))
        case .field:
            free(register: expression.info)
            try makePending(&expression, Instruction(.getField, b: expression.info, c: expression.key))
        case .element:
            free(register: expression.info)
            try makePending(&expression, Instruction(.getElement, b: expression.info, c: expression.key))
        case .index:
            free(register: expression.key)
            free(register: expression.info)
            try makePending(&expression, Instruction(.getIndex, b: expression.info, c: expression.key))
        case .call, .varargs: setOneResult(&expression)
        default: break
        }
    }

    private mutating func makePending(_ expression: inout Expression, _ instruction: Instruction) throws(SyntaxError) {
        expression.info = try emit(instruction)
        expression.kind = .pending
    }

    /// The value goes into the register, but jumps out of the expression are left open.
    mutating func put(_ expression: inout Expression, in register: Int) throws(SyntaxError) {
        try discharge(&expression)
        switch expression.kind {
        case .nil: try emitNil(register, 1)
        case .false: try emit(Instruction(.loadBoolean, a: register, b: 0))
        case .true: try emit(Instruction(.loadBoolean, a: register, b: 1))
        case .number, .string:
            let constant = constant(of: expression)
            try emit(Instruction(.loadConstant, a: register, jump: constant))
        case .pending: self[instruction: expression.info].a = register
        case .register:
            if expression.info != register { try emit(Instruction(.move, a: register, b: expression.info)) }
        default: return
        }
        expression.kind = .register
        expression.info = register
    }

    /// The value, whatever way the expression took, goes into the register.
    mutating func place(_ expression: inout Expression, in register: Int) throws(SyntaxError) {
        try put(&expression, in: register)
        if expression.kind == .comparison {
            expression.trueJumps = joined(expression.info, expression.trueJumps)
        }
        if expression.hasJumps {
            var whenFalse = Expression.noJump
            var whenTrue = Expression.noJump
            if needsValue(expression.trueJumps) || needsValue(expression.falseJumps) {
                let around = expression.kind == .comparison ? Expression.noJump : try plainJump()
                whenFalse = here()
                try emit(Instruction(.loadBoolean, a: register, b: 0, c: 1))
                whenTrue = here()
                try emit(Instruction(.loadBoolean, a: register, b: 1))
                patchToHere(around)
            }
            let end = here()
            patch(expression.falseJumps, values: end, register: register, others: whenFalse)
            patch(expression.trueJumps, values: end, register: register, others: whenTrue)
        }
        expression = Expression(.register, register)
    }

    mutating func placeInNextRegister(_ expression: inout Expression) throws(SyntaxError) {
        try discharge(&expression)
        free(expression)
        try reserve(1)
        try place(&expression, in: function.freeRegister - 1)
    }

    /// Puts the value into a register, if it is not in one, and says which.
    @discardableResult
    mutating func placeInAnyRegister(_ expression: inout Expression) throws(SyntaxError) -> Int {
        try discharge(&expression)
        if expression.kind == .register {
            if !expression.hasJumps { return expression.info }
            if expression.info >= function.activeCount {
                try place(&expression, in: expression.info)
                return expression.info
            }
        }
        try placeInNextRegister(&expression)
        return expression.info
    }

    /// A register or a constant.
    mutating func settle(_ expression: inout Expression) throws(SyntaxError) {
        if !expression.isConstant { try placeInAnyRegister(&expression) }
    }

    /// nil into registers. If the instruction before does the same just below, it does this too.
    mutating func emitNil(_ first: Int, _ count: Int) throws(SyntaxError) {
        if function.count > function.lastTarget, function.count > 0 {
            let last = self[instruction: function.count - 1]
            if last.operation == .loadNil, last.a + last.b == first {
                self[instruction: function.count - 1] = Instruction(.loadNil, a: last.a, b: last.b + count)
                return
            }
        }
        try emit(Instruction(.loadNil, a: first, b: count))
    }

    // MARK: Writing

    /// The variable gets the value.
    mutating func store(_ value: inout Expression, to variable: Expression) throws(SyntaxError) {
        if variable.kind == .local {
            free(value)
            try place(&value, in: variable.info)
            return
        }
        let register = try placeInAnyRegister(&value)
        switch variable.kind {
        case .upvalue: try emit(Instruction(.setUpvalue, a: register, b: variable.info))
        case .global: try emit(Instruction(.setGlobal, a: register, wide: variable.info))
        case .field: try emit(Instruction(.setField, a: variable.info, b: variable.key, c: register))
        case .element: try emit(Instruction(.setElement, a: variable.info, b: variable.key, c: register))
        case .index: try emit(Instruction(.setIndex, a: variable.info, b: variable.key, c: register))
        default: break
        }
        free(value)
    }

    /// `table` becomes the variable `table[key]`. The table is in a register.
    mutating func index(_ table: inout Expression, by key: inout Expression) throws(SyntaxError) {
        table.kind = .index
        if key.isConstant {
            if key.kind == .string, key.info <= 0xFFFF {
                table.kind = .field
                table.key = key.info
                return
            }
            if key.kind == .number, let element = UInt16(exactly: key.number), element != 0 {
                table.kind = .element
                table.key = Int(element)
                return
            }
        }
        table.key = try placeInAnyRegister(&key)
    }
}
