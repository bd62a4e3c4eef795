// What an instruction still has to do when the metamethod or iterator that it called has returned.

extension Machine {
    /// The instruction that the function on top waits in gets its result.
    mutating func finishInstruction(_ value: Value, negated: Bool) throws(Raised) {
        let frame = topFramePointer
        let instruction = frame.position.current
        guard let operation = instruction.operation else { return }
        let base = frame.base
        switch operation {
        case .setGlobal, .setField, .setIndex, .setElement:
            break
        case .jumpIfEqual, .jumpIfLess, .jumpIfLessOrEqual, .jumpIfEqualConstant, .jumpIfLessConstant,
            .jumpIfLessOrEqualConstant, .jumpIfGreaterConstant, .jumpIfGreaterOrEqualConstant:
            branch(instruction, value.isTrue != negated)
        case .concatenate:
            thread.stack[base + instruction.b & 0xFF + frame.count - 1] = value
            _ = try concatenate(instruction, base: base)
        default:
            thread.stack[base + instruction.a] = value
        }
    }

    /// Calls the iterator of a generic loop. Whether frames have changed.
    @inline(never)
    mutating func genericFor(_ instruction: Instruction, _ registers: Registers, base: Int) throws(Raised) -> Bool {
        let slot = base + instruction.a + 3
        let iterator = registers[instruction.a]
        if isNext(iterator), registers[instruction.a, plus: 1].isTable, instruction.shortC <= 2 {
            nativeSteps = 0
            let pair = try next(registers[instruction.a, plus: 1], after: registers[instruction.a, plus: 2])
            registers[instruction.a, plus: 3] = pair?.key ?? .nil
            registers[instruction.a, plus: 4] = pair?.value ?? .nil
            finishGenericFor()
            return false
        }
        thread.stack[slot] = iterator
        thread.stack[slot + 1] = registers[instruction.a, plus: 1]
        thread.stack[slot + 2] = registers[instruction.a, plus: 2]
        return try callIterator(iterator, slot, wanted: instruction.shortC)
    }

    /// The iterator's results are there: the loop goes round again, or ends.
    mutating func finishGenericFor() {
        let frame = topFramePointer
        let instruction = frame.position.current
        let register = frame.base + instruction.a
        let control = thread.stack[register + 3]
        if control.isNil { return }
        thread.stack[register + 2] = control
        frame.position.jump(instruction.jump)
        budgetLeft -= 1
    }

    /// Start, limit and step of a numeric loop.
    @inline(never)
    mutating func prepareLoop(_ instruction: Instruction, _ registers: Registers) throws(Raised) {
        let a = instruction.a
        guard let start = toNumber(registers[a]) else { throw runtimeError("'for' initial value must be a number") }
        guard let limit = toNumber(registers[a, plus: 1]) else { throw runtimeError("'for' limit must be a number") }
        guard let step = toNumber(registers[a, plus: 2]) else { throw runtimeError("'for' step must be a number") }
        registers[a] = Value(start - step)
        registers[a, plus: 1] = Value(limit)
        registers[a, plus: 2] = Value(step)
    }
}
