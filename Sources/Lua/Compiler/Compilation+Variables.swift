// Names: which variable one means, and where it lives.

extension Compilation {
    /// Declares a local variable, which becomes visible when it is activated.
    mutating func declare(_ name: Slice) throws(SyntaxError) {
        try declare(name, shown: bytes(ofName: name))
    }

    /// Declares variables of a loop that have no name in the source; messages call them so.
    mutating func declareHidden(_ names: [StaticString]) throws(SyntaxError) {
        // No name in the source is equal to it.
        let name = Slice(literal: "(for)")
        for shown in names { try declare(name, shown: Text(shown).array) }
    }

    private mutating func declare(_ name: Slice, shown: [UInt8]) throws(SyntaxError) {
        guard function.variables.count < Compilation.localLimit else {
            throw limitError(Compilation.localLimit, "local variables")
        }
        function.variables.append(FunctionState.Variable(name: name, local: function.prototype.locals.count))
        function.prototype.locals.append(Prototype.Local(name: shown, register: 0, start: 0, end: 0))
    }

    /// The next declared variables come into scope.
    mutating func activate(_ count: Int) {
        for _ in 0..<count where function.activeCount < function.variables.count {
            let local = function.variables[function.activeCount].local
            let name = function.prototype.locals[local].name
            function.prototype.locals[local] = Prototype.Local(
                name: name, register: function.activeCount, start: function.count, end: function.count)
            function.activeCount += 1
        }
    }

    /// The variables from an index on go out of scope.
    mutating func endVariables(from first: Int) {
        for variable in function.variables[min(first, function.variables.count)...] {
            function.prototype.locals[variable.local].end = function.count
        }
        function.variables.removeSubrange(min(first, function.variables.count)...)
        function.activeCount = first
    }

    /// The variable that a name means here.
    ///
    /// While a function is compiled, those around it do not change, so what was once found there, or not, stays so.
    mutating func variable(_ name: Slice) throws(SyntaxError) -> Expression {
        if let register = activeVariable(name, in: function) { return Expression(.local, register) }
        if enclosing.isEmpty { return Expression(.global, constant(name)) }
        for index in function.upvalues.indices where isSame(function.upvalues[index].name, name) {
            return Expression(.upvalue, index)
        }
        guard enclosingVariables > 64 || enclosing.count > 16 else {
            if let upvalue = try upvalue(name, level: enclosing.count) { return Expression(.upvalue, upvalue) }
            return Expression(.global, constant(name))
        }
        let constant = constant(name)
        if constant >= function.knownGlobals.count {
            let missing = function.constants.count - function.knownGlobals.count
            function.knownGlobals += [Bool](repeating: false, count: missing)
        }
        if !function.knownGlobals[constant] {
            if let upvalue = try upvalue(name, level: enclosing.count) { return Expression(.upvalue, upvalue) }
            function.knownGlobals[constant] = true
        }
        return Expression(.global, constant)
    }

    @inline(__always)
    private func activeVariable(_ name: Slice, in function: borrowing FunctionState) -> Int? {
        var index = function.activeCount
        while index > 0 {
            index -= 1
            if isSame(function.variables[index].name, name) { return index }
        }
        return nil
    }

    /// The upvalue of the function at a level (the innermost one's is `enclosing.count`) that a name means. It and
    /// those of the functions between are made if need be. nil: the name is global.
    private mutating func upvalue(_ name: Slice, level: Int) throws(SyntaxError) -> Int? {
        // Outwards until a function has the variable …
        var owner = level - 1
        var register: Int?
        while owner >= 0 {
            register = activeVariable(name, in: enclosing[owner])
            if register != nil { break }
            owner -= 1
        }
        guard var index = register else { return nil }
        markCaptured(register: index, level: owner)
        // … and inwards again, an upvalue in each.
        var isRegister = true
        for inner in owner + 1...level {
            index = try addUpvalue(
                FunctionState.Upvalue(name: name, isRegister: isRegister, index: index), level: inner)
            isRegister = false
        }
        return index
    }

    private mutating func addUpvalue(_ upvalue: FunctionState.Upvalue, level: Int) throws(SyntaxError) -> Int {
        let known = level == enclosing.count ? function.upvalues : enclosing[level].upvalues
        for index in known.indices
        where known[index].index == upvalue.index && known[index].isRegister == upvalue.isRegister {
            return index
        }
        guard known.count < Compilation.upvalueLimit else {
            let line = level == enclosing.count ? function.prototype.firstLine : enclosing[level].prototype.firstLine
            let place = line == 0 ? "main function" : "function at line \(line)"
            throw lexer.error("\(place) has more than \(Compilation.upvalueLimit) upvalues")
        }
        if level == enclosing.count {
            function.upvalues.append(upvalue)
        } else {
            enclosing[level].upvalues.append(upvalue)
        }
        return known.count
    }

    /// The block that owns the variable must close it at its end.
    private mutating func markCaptured(register: Int, level: Int) {
        var block = enclosing[level].blocks.count - 1
        while block >= 0, enclosing[level].blocks[block].activeCount > register { block -= 1 }
        if block >= 0 { enclosing[level].blocks[block].isCaptured = true }
    }

    private func bytes(ofName name: Slice) -> [UInt8] {
        guard name.count <= 8 else { return lexer.bytes(of: name) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(name.count))
        for index in 0..<Int(name.count) { bytes.append(UInt8(truncatingIfNeeded: name.prefix >> UInt64(index * 8))) }
        return bytes
    }

    // MARK: Blocks

    mutating func enterBlock(isLoop: Bool) {
        function.blocks.append(FunctionState.Block(activeCount: function.activeCount, isLoop: isLoop))
    }

    mutating func leaveBlock() throws(SyntaxError) {
        guard let block = function.blocks.popLast() else { return }
        endVariables(from: block.activeCount)
        if block.isCaptured { try emit(Instruction(.close, a: block.activeCount)) }
        function.freeRegister = function.activeCount
        patchToHere(block.breaks)
    }
}
