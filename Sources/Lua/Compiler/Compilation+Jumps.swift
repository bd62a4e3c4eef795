// Instructions, registers, and jumps whose target is not known yet. Such jumps form lists, linked through their own
// distances; a list is patched when its target comes. Jumps to the next instruction wait until there is one, so that
// a jump to a jump goes to that one's target.

extension Compilation {
    /// Appends an instruction, on the line of the last token read.
    @discardableResult @inline(__always)
    mutating func emit(_ instruction: Instruction) throws(SyntaxError) -> Int {
        let index = function.count
        if function.pendingJumps != Expression.noJump { releasePendingJumps() }
        if index & 0xFFFF == 0xFFFF, index > memory / 12 { throw SyntaxError.outOfMemory }
        function.prototype.instructions.append(instruction)
        function.prototype.lines.append(Int32(truncatingIfNeeded: lexer.lastLine))
        return index
    }

    /// The last instruction belongs to another line.
    mutating func moveLastInstruction(toLine line: Int) {
        function.prototype.lines[function.count - 1] = Int32(truncatingIfNeeded: line)
    }

    /// Takes the last instruction back.
    mutating func removeLastInstruction() {
        function.prototype.instructions.removeLast()
        function.prototype.lines.removeLast()
    }

    subscript(instruction index: Int) -> Instruction {
        @inline(__always) get { function.prototype.instructions[index] }
        @inline(__always) set { function.prototype.instructions[index] = newValue }
    }

    // MARK: Registers

    /// Makes sure that so many registers can be used.
    @inline(__always) mutating func ensure(registers count: Int) throws(SyntaxError) {
        let needed = function.freeRegister + count
        guard needed > function.prototype.registerCount else { return }
        if needed >= Compilation.registerLimit {
            throw lexer.errorNearToken("function or expression too complex")
        }
        function.prototype.registerCount = needed
    }

    @inline(__always) mutating func reserve(_ count: Int) throws(SyntaxError) {
        try ensure(registers: count)
        function.freeRegister += count
    }

    /// The register is free again, if it is the uppermost one and no variable's.
    @inline(__always) mutating func free(register: Int) {
        if register >= function.activeCount, register == function.freeRegister - 1 { function.freeRegister = register }
    }

    @inline(__always) mutating func free(_ expression: Expression) {
        if expression.kind == .register { free(register: expression.info) }
    }

    // MARK: Jumps

    /// An unconditional jump to somewhere, within an expression.
    mutating func plainJump() throws(SyntaxError) -> Int {
        try emit(Instruction(.jump, jump: Expression.noJump))
    }

    /// An unconditional jump to somewhere, between statements. Jumps that would come here go where it goes: in an
    /// expression they must not, for some of them may bring values, and lists could grow without end.
    mutating func jump() throws(SyntaxError) -> Int {
        let waiting = function.pendingJumps
        function.pendingJumps = Expression.noJump
        let index = try emit(Instruction(.jump, jump: Expression.noJump))
        return joined(index, waiting)
    }

    /// An unconditional jump back. Others do not take a short cut past it, for it is what counts against the budget.
    mutating func jump(backTo target: Int) throws(SyntaxError) {
        let index = try emit(Instruction(.jump, jump: 0))
        self[instruction: index].jump = target - (index + 1)
    }

    /// The next instruction, as a target of jumps.
    mutating func here() -> Int {
        function.lastTarget = function.count
        return function.count
    }

    func nextJump(_ index: Int) -> Int { self[instruction: index].jump }

    /// Two lists as one. The time is the length of the first: a list that grows jump by jump comes second.
    mutating func joined(_ one: Int, _ other: Int) -> Int {
        if other == Expression.noJump { return one }
        if one == Expression.noJump { return other }
        var last = one
        while nextJump(last) != Expression.noJump { last = nextJump(last) }
        self[instruction: last].jump = other
        return one
    }

    mutating func patchToHere(_ list: Int) {
        guard list != Expression.noJump else { return }
        _ = here()
        function.pendingJumps = joined(list, function.pendingJumps)
    }

    private mutating func releasePendingJumps() {
        let list = function.pendingJumps
        function.pendingJumps = Expression.noJump
        patch(list, values: function.count, register: nil, others: function.count)
    }

    /// Jumps that bring a value with them go to one target and put it into the register, others go to the other one.
    mutating func patch(_ list: Int, values target: Int, register: Int?, others: Int) {
        var index = list
        while index != Expression.noJump {
            let next = nextJump(index)
            let bringsValue = self[instruction: index].operation == .copyAndJumpIf
            if bringsValue { direct(index, to: register) }
            self[instruction: index].jump = (bringsValue ? target : others) - (index + 1)
            index = next
        }
    }

    /// The jump puts its value into the register; or, if no value is wanted or it is there already, only jumps.
    private mutating func direct(_ index: Int, to register: Int?) {
        let old = self[instruction: index]
        if let register, register != old.shortB {
            self[instruction: index] = Instruction(
                .copyAndJumpIf, a: register, b: old.shortB, c: old.shortC, jump: old.jump)
        } else {
            self[instruction: index] = Instruction(.jumpIf, a: old.shortC, b: old.shortB, jump: old.jump)
        }
    }

    /// Whether a jump of the list brings no value.
    func needsValue(_ list: Int) -> Bool {
        var index = list
        while index != Expression.noJump {
            if self[instruction: index].operation != .copyAndJumpIf { return true }
            index = nextJump(index)
        }
        return false
    }

    /// None of the jumps needs to bring a value any more.
    mutating func dropValues(_ list: Int) {
        var index = list
        while index != Expression.noJump {
            if self[instruction: index].operation == .copyAndJumpIf { direct(index, to: nil) }
            index = nextJump(index)
        }
    }
}
