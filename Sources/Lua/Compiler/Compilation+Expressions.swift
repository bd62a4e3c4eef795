// The grammar of expressions.

extension Compilation {
    /// expression { ',' expression }: all but the last are put into registers. How many they are.
    mutating func parseExpressionList(_ last: inout Expression) throws(SyntaxError) -> Int {
        var count = 1
        last = try parseExpression()
        while try accept(.comma) {
            try placeInNextRegister(&last)
            last = try parseExpression()
            count += 1
        }
        return count
    }

    mutating func parseExpression() throws(SyntaxError) -> Expression {
        var operation: BinaryOperator?
        return try parseOperation(above: 0, &operation)
    }

    /// An operand and what is joined to it by operators that bind more strongly than the limit. `next` is the first
    /// operator that does not.
    private mutating func parseOperation(above limit: Int, _ next: inout BinaryOperator?) throws(SyntaxError)
        -> Expression
    {
        try enterLevel()
        var expression: Expression
        switch lexer.token.kind {
        case .minus:
            try lexer.advance()
            expression = try parseOperation(above: BinaryOperator.unaryPriority, &next)
            try negate(&expression)
        case .not:
            try lexer.advance()
            expression = try parseOperation(above: BinaryOperator.unaryPriority, &next)
            try not(&expression)
        case .hash:
            try lexer.advance()
            expression = try parseOperation(above: BinaryOperator.unaryPriority, &next)
            try emitUnary(.length, &expression)
        default:
            expression = try parseSimpleExpression()
            next = BinaryOperator(lexer.token.kind)
        }
        while let operation = next, operation.priority.left > limit {
            try lexer.advance()
            try prepare(&expression, for: operation)
            var right = try parseOperation(above: operation.priority.right, &next)
            try combine(&expression, operation, &right)
        }
        depth -= 1
        return expression
    }

    private mutating func parseSimpleExpression() throws(SyntaxError) -> Expression {
        let expression: Expression
        switch lexer.token.kind {
        case .number: expression = Expression(lexer.token.number)
        case .string: expression = Expression(.string, constant(lexer.token.slice))
        case .nil: expression = Expression(.nil)
        case .true: expression = Expression(.true)
        case .false: expression = Expression(.false)
        case .dots:
            guard function.prototype.isVariadic else {
                throw lexer.errorNearToken("cannot use '...' outside a vararg function")
            }
            function.prototype.needsArgumentTable = false
            expression = Expression(.varargs, try emit(Instruction(.varargs, a: 0, b: 2)))
        case .leftBrace: return try parseConstructor()
        case .function:
            try lexer.advance()
            return try parseFunctionBody(isMethod: false, line: lexer.line)
        default: return try parseSuffixedExpression()
        }
        try lexer.advance()
        return expression
    }

    /// A name or an expression in parentheses.
    private mutating func parsePrimaryExpression() throws(SyntaxError) -> Expression {
        switch lexer.token.kind {
        case .leftParenthesis:
            let line = lexer.line
            try lexer.advance()
            var expression = try parseExpression()
            try expect(.rightParenthesis, closing: .leftParenthesis, at: line)
            try discharge(&expression)
            return expression
        case .name:
            let name = lexer.token.slice
            try lexer.advance()
            return try variable(name)
        default: throw lexer.errorNearToken("unexpected symbol")
        }
    }

    /// A primary expression, its fields and its calls.
    mutating func parseSuffixedExpression() throws(SyntaxError) -> Expression {
        var expression = try parsePrimaryExpression()
        while true {
            switch lexer.token.kind {
            case .dot: try parseField(&expression)
            case .leftBracket:
                try placeInAnyRegister(&expression)
                var key = try parseBracketedKey()
                try index(&expression, by: &key)
            case .colon:
                try lexer.advance()
                let name = try expectName()
                try emitMethod(&expression, constant(name))
                try parseArguments(&expression)
            case .leftParenthesis, .string, .leftBrace:
                try placeInNextRegister(&expression)
                try parseArguments(&expression)
            default: return expression
            }
        }
    }

    mutating func parseField(_ expression: inout Expression) throws(SyntaxError) {
        try placeInAnyRegister(&expression)
        try lexer.advance()
        var key = Expression(.string, constant(try expectName()))
        try index(&expression, by: &key)
    }

    private mutating func parseBracketedKey() throws(SyntaxError) -> Expression {
        try lexer.advance()
        var key = try parseExpression()
        if !key.isConstant {
            if key.hasJumps { try placeInAnyRegister(&key) } else { try discharge(&key) }
        }
        try expect(.rightBracket)
        return key
    }

    /// The method goes into the next register, the object behind it.
    private mutating func emitMethod(_ expression: inout Expression, _ name: Int) throws(SyntaxError) {
        let object = try placeInAnyRegister(&expression)
        free(expression)
        let register = function.freeRegister
        try reserve(2)
        if name <= 0xFFFF {
            try emit(Instruction(.getMethod, a: register, b: object, c: name))
        } else {
            try reserve(1)
            try emit(Instruction(.loadConstant, a: register + 2, jump: name))
            if object != register + 1 { try emit(Instruction(.move, a: register + 1, b: object)) }
            try emit(Instruction(.getIndex, a: register, b: register + 1, c: register + 2))
            function.freeRegister -= 1
        }
        expression = Expression(.register, register)
    }

    /// The arguments of a call; the function is in the uppermost register in use (a method: below its object).
    private mutating func parseArguments(_ expression: inout Expression) throws(SyntaxError) {
        let line = lexer.line
        var last = Expression(.void)
        switch lexer.token.kind {
        case .leftParenthesis:
            if line != lexer.lastLine {
                throw lexer.errorNearToken("ambiguous syntax (function call x new statement)")
            }
            try lexer.advance()
            if lexer.token.kind != .rightParenthesis {
                _ = try parseExpressionList(&last)
                try setResults(last, -1)
            }
            try expect(.rightParenthesis, closing: .leftParenthesis, at: line)
        case .leftBrace: last = try parseConstructor()
        case .string:
            last = Expression(.string, constant(lexer.token.slice))
            try lexer.advance()
        default: throw lexer.errorNearToken("function arguments expected")
        }
        let base = expression.info
        var count = 0
        if !last.isMultiple {
            if last.kind != .void { try placeInNextRegister(&last) }
            count = function.freeRegister - base
        }
        expression = Expression(.call, try emit(Instruction(.call, a: base, b: count, c: 2)))
        moveLastInstruction(toLine: line)
        // The results take the place of the function.
        function.freeRegister = base + 1
    }

    // MARK: Tables

    /// A list of elements that is not yet in the table.
    private struct ElementList {
        var pending = Expression(.void)
        /// Elements in registers.
        var waiting = 0
        /// Elements, those in registers included.
        var count = 0
        var fieldCount = 0
        static let flushCount = 50
    }

    private mutating func parseConstructor() throws(SyntaxError) -> Expression {
        let line = lexer.line
        let creation = try emit(Instruction(.newTable))
        var table = Expression(.pending, creation)
        try placeInNextRegister(&table)
        var list = ElementList()
        try expect(.leftBrace)
        repeat {
            if lexer.token.kind == .rightBrace { break }
            try flushFullList(&list, table.info)
            if try isNamedField() {
                try parseNamedField(table.info, &list)
            } else {
                list.pending = try parseExpression()
                list.count += 1
                list.waiting += 1
            }
        } while try acceptSeparator()
        try expect(.rightBrace, closing: .leftBrace, at: line)
        try flushRest(&list, table.info)
        self[instruction: creation] = Instruction(
            .newTable, a: table.info, b: Instruction.roomCode(list.count), c: Instruction.roomCode(list.fieldCount))
        return table
    }

    /// The element before the present one goes into a register, and if there are many, all go into the table.
    private mutating func flushFullList(_ list: inout ElementList, _ table: Int) throws(SyntaxError) {
        guard list.pending.kind != .void else { return }
        try placeInNextRegister(&list.pending)
        list.pending = Expression(.void)
        if list.waiting == ElementList.flushCount {
            try emit(Instruction(.setList, a: table, b: list.waiting, jump: list.count - list.waiting))
            function.freeRegister = table + 1
            list.waiting = 0
        }
    }

    private mutating func flushRest(_ list: inout ElementList, _ table: Int) throws(SyntaxError) {
        guard list.waiting > 0 else { return }
        let flushed = list.count - list.waiting
        if list.pending.isMultiple {
            try setResults(list.pending, -1)
            try emit(Instruction(.setList, a: table, b: 0, jump: flushed))
            // How many they will be is not known: they do not count as room.
            list.count -= 1
        } else {
            if list.pending.kind != .void { try placeInNextRegister(&list.pending) }
            try emit(Instruction(.setList, a: table, b: list.waiting, jump: flushed))
        }
        function.freeRegister = table + 1
    }

    private mutating func acceptSeparator() throws(SyntaxError) -> Bool {
        if try accept(.comma) { return true }
        return try accept(.semicolon)
    }

    private mutating func isNamedField() throws(SyntaxError) -> Bool {
        switch lexer.token.kind {
        case .leftBracket: true
        case .name: try lexer.peek() == .assign
        default: false
        }
    }

    /// name = expression, or [expression] = expression
    private mutating func parseNamedField(_ table: Int, _ list: inout ElementList) throws(SyntaxError) {
        let freeRegister = function.freeRegister
        var key: Expression
        if lexer.token.kind == .name {
            key = Expression(.string, constant(try expectName()))
        } else {
            key = try parseBracketedKey()
        }
        list.fieldCount += 1
        try expect(.assign)
        var field = Expression(.register, table)
        try index(&field, by: &key)
        var value = try parseExpression()
        try store(&value, to: field)
        function.freeRegister = freeRegister
    }
}
