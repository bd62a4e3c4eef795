// The beginning and the end of functions.

extension Compilation {
    mutating func openFunction(line: Int) {
        var inner = FunctionState(firstLine: line)
        swap(&inner, &function)
        enclosingVariables += inner.activeCount
        enclosing.append(inner)
    }

    /// Ends the innermost function: its prototype is complete. The one around it goes on.
    mutating func closeFunction() throws(SyntaxError) -> Prototype {
        endVariables(from: 0)
        try emit(Instruction(.return, a: 0, b: 1))
        if function.prototype.needsArgumentTable {
            function.prototype.instructions[0] = Instruction(.loadNil, a: function.prototype.parameterCount, b: 0)
        }
        function.prototype.constants.reserveCapacity(function.constants.count)
        for constant in function.constants {
            switch constant {
            case .number(let number): function.prototype.constants.append(.number(number))
            case .string(let slice):
                try spend(Int(slice.count))
                function.prototype.constants.append(.string(lexer.bytes(of: slice)))
            case .nil: function.prototype.constants.append(.nil)
            case .boolean(let truth): function.prototype.constants.append(.boolean(truth))
            }
        }
        for upvalue in function.upvalues {
            function.prototype.upvalues.append(
                Prototype.Upvalue(
                    name: lexer.bytes(of: upvalue.name), isRegister: upvalue.isRegister, index: upvalue.index))
        }
        try spend(function.count * 12 + function.constants.count * 32 + 512)
        var outer = enclosing.popLast() ?? FunctionState(firstLine: 0)
        swap(&outer, &function)
        enclosingVariables -= function.activeCount
        return outer.prototype
    }

    private mutating func spend(_ bytes: Int) throws(SyntaxError) {
        memory -= bytes
        if memory < 0 { throw SyntaxError.outOfMemory }
    }

    /// Parameters, statements and `end`: an expression of the closure.
    mutating func parseFunctionBody(isMethod: Bool, line: Int) throws(SyntaxError) -> Expression {
        openFunction(line: line)
        try expect(.leftParenthesis)
        if isMethod {
            try declare(Slice(literal: "self"))
            activate(1)
        }
        try parseParameters()
        try expect(.rightParenthesis)
        try parseBlockStatements()
        function.prototype.lastLine = lexer.line
        try expect(.endKeyword, closing: .function, at: line)
        let prototype = try closeFunction()
        function.prototype.children.append(prototype)
        return Expression(
            .pending, try emit(Instruction(.closure, a: 0, wide: function.prototype.children.count - 1)))
    }

    private mutating func parseParameters() throws(SyntaxError) {
        var count = 0
        if lexer.token.kind != .rightParenthesis {
            while true {
                switch lexer.token.kind {
                case .name:
                    try declare(try expectName())
                    count += 1
                case .dots:
                    try lexer.advance()
                    try declare(Slice(literal: "arg"))
                    count += 1
                    function.prototype.isVariadic = true
                    function.prototype.needsArgumentTable = true
                default: throw lexer.errorNearToken("<name> or '...' expected")
                }
                guard !function.prototype.isVariadic, try accept(.comma) else { break }
            }
        }
        activate(count)
        try reserve(function.activeCount)
        function.prototype.parameterCount = function.activeCount
        if function.prototype.isVariadic {
            function.prototype.parameterCount -= 1
            // Clears `arg`; if the table turns out to be needed, nothing.
            try emit(Instruction(.loadNil, a: function.prototype.parameterCount, b: 1))
            function.lastTarget = 1
        }
    }
}
