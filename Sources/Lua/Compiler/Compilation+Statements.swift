// The grammar of statements.

extension Compilation {
    /// The statements of a block, without a scope of their own.
    mutating func parseBlockStatements() throws(SyntaxError) {
        try enterLevel()
        var isLast = false
        while !isLast, !lexer.token.kind.endsBlock {
            isLast = try parseStatement()
            _ = try accept(.semicolon)
            function.freeRegister = function.activeCount
        }
        depth -= 1
    }

    mutating func parseBlock() throws(SyntaxError) {
        enterBlock(isLoop: false)
        try parseBlockStatements()
        try leaveBlock()
    }

    /// Whether the statement must be the last of its block.
    private mutating func parseStatement() throws(SyntaxError) -> Bool {
        let line = lexer.line
        switch lexer.token.kind {
        case .if: try parseIf(line)
        case .while: try parseWhile(line)
        case .do:
            try lexer.advance()
            try parseBlock()
            try expect(.endKeyword, closing: .do, at: line)
        case .for: try parseFor(line)
        case .repeat: try parseRepeat(line)
        case .function: try parseFunction(line)
        case .local:
            try lexer.advance()
            if try accept(.function) { try parseLocalFunction() } else { try parseLocal() }
        case .return:
            try parseReturn()
            return true
        case .break:
            try lexer.advance()
            try parseBreak()
            return true
        default: try parseCallOrAssignment()
        }
        return false
    }

    // MARK: Control

    /// A condition: the jumps to be taken if it does not hold.
    private mutating func parseCondition() throws(SyntaxError) -> Int {
        var condition = try parseExpression()
        if condition.kind == .nil { condition.kind = .false }
        try goOnIfTrue(&condition)
        return condition.falseJumps
    }

    private mutating func parseIf(_ line: Int) throws(SyntaxError) {
        var escapes = Expression.noJump
        var otherwise = try parseBranch()
        while lexer.token.kind == .elseif {
            escapes = joined(try jump(), escapes)
            patchToHere(otherwise)
            otherwise = try parseBranch()
        }
        if lexer.token.kind == .else {
            escapes = joined(try jump(), escapes)
            patchToHere(otherwise)
            try lexer.advance()
            try parseBlock()
        } else {
            escapes = joined(otherwise, escapes)
        }
        patchToHere(escapes)
        try expect(.endKeyword, closing: .if, at: line)
    }

    /// if or elseif, condition, then, block: the jumps past it.
    private mutating func parseBranch() throws(SyntaxError) -> Int {
        try lexer.advance()
        let otherwise = try parseCondition()
        try expect(.then)
        try parseBlock()
        return otherwise
    }

    private mutating func parseWhile(_ line: Int) throws(SyntaxError) {
        try lexer.advance()
        let start = here()
        let exit = try parseCondition()
        enterBlock(isLoop: true)
        try expect(.do)
        try parseBlock()
        try jump(backTo: start)
        try expect(.endKeyword, closing: .while, at: line)
        try leaveBlock()
        patchToHere(exit)
    }

    /// The condition sees the variables of the body.
    private mutating func parseRepeat(_ line: Int) throws(SyntaxError) {
        let start = here()
        enterBlock(isLoop: true)
        enterBlock(isLoop: false)
        try lexer.advance()
        try parseBlockStatements()
        try expect(.until, closing: .repeat, at: line)
        var condition = try parseExpression()
        if function.blocks[function.blocks.count - 1].isCaptured {
            if condition.kind == .nil { condition.kind = .false }
            try goOnIfTrue(&condition)
            try parseBreak()
            patchToHere(condition.falseJumps)
            try leaveBlock()
            try jump(backTo: start)
        } else {
            // The way back is a jump of its own, for only those count against the budget.
            try goOnIfFalse(&condition)
            try leaveBlock()
            try jump(backTo: start)
            patchToHere(condition.trueJumps)
        }
        try leaveBlock()
    }

    mutating func parseBreak() throws(SyntaxError) {
        var index = function.blocks.count - 1
        var isCaptured = false
        while index >= 0, !function.blocks[index].isLoop {
            isCaptured = isCaptured || function.blocks[index].isCaptured
            index -= 1
        }
        guard index >= 0 else { throw lexer.errorNearToken("no loop to break") }
        if isCaptured { try emit(Instruction(.close, a: function.blocks[index].activeCount)) }
        function.blocks[index].breaks = joined(try jump(), function.blocks[index].breaks)
    }

    private mutating func parseReturn() throws(SyntaxError) {
        try lexer.advance()
        var first = 0
        var count = 0
        if !lexer.token.kind.endsBlock, lexer.token.kind != .semicolon {
            var last = Expression(.void)
            count = try parseExpressionList(&last)
            if last.isMultiple {
                try setResults(last, -1)
                if last.kind == .call, count == 1 {
                    let call = self[instruction: last.info]
                    self[instruction: last.info] = Instruction(.tailCall, a: call.a, b: call.b, c: call.c)
                }
                first = function.activeCount
                count = -1
            } else if count == 1 {
                first = try placeInAnyRegister(&last)
            } else {
                try placeInNextRegister(&last)
                first = function.activeCount
            }
        }
        try emit(Instruction(.return, a: first, b: count + 1))
    }

    // MARK: for

    private mutating func parseFor(_ line: Int) throws(SyntaxError) {
        enterBlock(isLoop: true)
        try lexer.advance()
        let name = try expectName()
        switch lexer.token.kind {
        case .assign: try parseNumericFor(name, line)
        case .comma, .in: try parseGenericFor(name)
        default: throw lexer.errorNearToken("'=' or 'in' expected")
        }
        try expect(.endKeyword, closing: .for, at: line)
        try leaveBlock()
    }

    private mutating func parseNumericFor(_ name: Slice, _ line: Int) throws(SyntaxError) {
        let base = function.freeRegister
        try declareHidden(["(for index)", "(for limit)", "(for step)"])
        try declare(name)
        try expect(.assign)
        try parseBound()
        try expect(.comma)
        try parseBound()
        let hasStep = try accept(.comma)
        if hasStep {
            try parseBound()
        } else {
            try emit(Instruction(.loadConstant, a: function.freeRegister, jump: constant(1)))
            try reserve(1)
        }
        activate(3)
        try expect(.do)
        let preparation = try emit(Instruction(.prepareFor, a: base, jump: Expression.noJump))
        try parseForBlock(variables: 1)
        patchToHere(preparation)
        let loop = try emit(Instruction(hasStep ? .forLoop : .forLoopByOne, a: base, jump: 0))
        moveLastInstruction(toLine: line)
        self[instruction: loop].jump = preparation - loop
    }

    private mutating func parseBound() throws(SyntaxError) {
        var bound = try parseExpression()
        try placeInNextRegister(&bound)
    }

    private mutating func parseGenericFor(_ name: Slice) throws(SyntaxError) {
        let base = function.freeRegister
        try declareHidden(["(for generator)", "(for state)", "(for control)"])
        try declare(name)
        var count = 1
        while try accept(.comma) {
            try declare(try expectName())
            count += 1
        }
        try expect(.in)
        let line = lexer.line
        var last = Expression(.void)
        let given = try parseExpressionList(&last)
        try adjust(given, to: 3, &last)
        // The call of the iterator is made behind the three.
        try ensure(registers: 3)
        activate(3)
        try expect(.do)
        let entry = try jump()
        try parseForBlock(variables: count)
        patchToHere(entry)
        let loop = try emit(Instruction(.genericFor, a: base, c: count, jump: 0))
        moveLastInstruction(toLine: line)
        self[instruction: loop].jump = entry - loop
    }

    private mutating func parseForBlock(variables: Int) throws(SyntaxError) {
        enterBlock(isLoop: false)
        activate(variables)
        try reserve(variables)
        try parseBlock()
        try leaveBlock()
    }

    // MARK: Definitions

    private mutating func parseFunction(_ line: Int) throws(SyntaxError) {
        try lexer.advance()
        var target = try variable(try expectName())
        var isMethod = false
        while lexer.token.kind == .dot { try parseField(&target) }
        if lexer.token.kind == .colon {
            isMethod = true
            try parseField(&target)
        }
        var body = try parseFunctionBody(isMethod: isMethod, line: line)
        try store(&body, to: target)
        moveLastInstruction(toLine: line)
    }

    private mutating func parseLocalFunction() throws(SyntaxError) {
        try declare(try expectName())
        let register = function.freeRegister
        try reserve(1)
        activate(1)
        var body = try parseFunctionBody(isMethod: false, line: lexer.line)
        try store(&body, to: Expression(.local, register))
        // Messages know the variable only from here on.
        if let variable = function.variables.last {
            function.prototype.locals[variable.local].start = function.count
        }
    }

    private mutating func parseLocal() throws(SyntaxError) {
        var count = 0
        repeat {
            try declare(try expectName())
            count += 1
        } while try accept(.comma)
        var last = Expression(.void)
        let given = try accept(.assign) ? parseExpressionList(&last) : 0
        try adjust(given, to: count, &last)
        activate(count)
    }

    /// The values of a list, all but the last in registers, become as many as are wanted.
    private mutating func adjust(_ given: Int, to wanted: Int, _ last: inout Expression) throws(SyntaxError) {
        let missing = wanted - given
        if last.isMultiple {
            // The call itself gives one of them.
            let results = max(missing + 1, 0)
            try setResults(last, results)
            if results > 1 { try reserve(results - 1) }
        } else {
            if last.kind != .void { try placeInNextRegister(&last) }
            if missing > 0 {
                let register = function.freeRegister
                try reserve(missing)
                try emitNil(register, missing)
            }
        }
    }

    // MARK: Assignment

    private mutating func parseCallOrAssignment() throws(SyntaxError) {
        let target = try parseSuffixedExpression()
        if target.kind == .call {
            let call = self[instruction: target.info]
            self[instruction: target.info] = Instruction(.call, a: call.a, b: call.b, c: 1)
        } else {
            try parseAssignment(target)
        }
    }

    private mutating func parseAssignment(_ first: Expression) throws(SyntaxError) {
        try checkAssignable(first)
        if lexer.token.kind == .comma {
            try parseMultipleAssignment(first)
            return
        }
        try expect(.assign)
        var value = Expression(.void)
        let given = try parseExpressionList(&value)
        if given == 1 {
            setOneResult(&value)
            try store(&value, to: first)
        } else {
            try adjust(given, to: 1, &value)
            function.freeRegister -= given - 1
            try storeUppermost(to: first)
        }
    }

    private func checkAssignable(_ target: Expression) throws(SyntaxError) {
        switch target.kind {
        case .local, .upvalue, .global, .field, .element, .index: break
        default: throw lexer.errorNearToken("syntax error")
        }
    }

    private mutating func parseMultipleAssignment(_ first: Expression) throws(SyntaxError) {
        var targets = [first]
        while try accept(.comma) {
            let next = try parseSuffixedExpression()
            if next.kind == .local { try protect(next.info, in: &targets) }
            guard targets.count <= Compilation.levelLimit - depth else {
                throw limitError(Compilation.levelLimit - depth, "variables in assignment")
            }
            try checkAssignable(next)
            targets.append(next)
        }
        try expect(.assign)
        var last = Expression(.void)
        let given = try parseExpressionList(&last)
        if given == targets.count {
            setOneResult(&last)
            try store(&last, to: targets.removeLast())
        } else {
            try adjust(given, to: targets.count, &last)
            if given > targets.count { function.freeRegister -= given - targets.count }
        }
        while let target = targets.popLast() { try storeUppermost(to: target) }
    }

    private mutating func storeUppermost(to target: Expression) throws(SyntaxError) {
        var value = Expression(.register, function.freeRegister - 1)
        try store(&value, to: target)
    }

    /// A local variable that is assigned to is also the table or the key of a target before it: those take a copy.
    private mutating func protect(_ register: Int, in targets: inout [Expression]) throws(SyntaxError) {
        let copy = function.freeRegister
        var isNeeded = false
        for index in targets.indices {
            let kind = targets[index].kind
            guard kind == .field || kind == .element || kind == .index else { continue }
            if targets[index].info == register {
                targets[index].info = copy
                isNeeded = true
            }
            if kind == .index, targets[index].key == register {
                targets[index].key = copy
                isNeeded = true
            }
        }
        if isNeeded {
            try emit(Instruction(.move, a: copy, b: register))
            try reserve(1)
        }
    }
}
