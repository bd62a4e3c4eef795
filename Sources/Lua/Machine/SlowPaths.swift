// What instructions do beyond their quick ways in the run loop: metamethods, conversions, errors, what is rare.

extension Machine {
    /// Does an instruction in full. The position behind it has been stored. Whether frames have changed.
    @inline(never)
    mutating func complete(_ instruction: Instruction, _ frame: FramePointer) throws(Raised) -> Bool {
        let base = frame.base
        let constants = frame.constants
        let registers = Registers(thread.stack, base: base)
        switch instruction.verified {
        case .getGlobal, .setGlobal, .getUpvalue, .setUpvalue:
            return try completeVariable(instruction, frame, registers)
        case .getField:
            let key = constants[instruction.c]
            let object = registers[instruction.b]
            if object.isTable, let found = heap.inherited(key, from: object.payload) {
                registers[instruction.a] = found.value
                return false
            }
            return try index(object, key, into: instruction.a, base: base, operand: instruction.b)
        case .getElement:
            let key = Value(unboxed: Double(instruction.c))
            return try index(registers[instruction.b], key, into: instruction.a, base: base, operand: instruction.b)
        case .setField:
            let object = registers[instruction.a]
            let key = constants[instruction.b]
            let value = registers[instruction.c]
            return try assignField(object, key, value, frame.position, operand: instruction.a)
        case .setElement:
            let key = Value(unboxed: Double(instruction.b))
            return try assign(registers[instruction.a], key, registers[instruction.c], operand: instruction.a)
        case .setList: try setList(instruction, base: base)
        case .jumpIfLess, .jumpIfLessOrEqual, .jumpIfLessConstant,
            .jumpIfLessOrEqualConstant, .jumpIfGreaterConstant, .jumpIfGreaterOrEqualConstant:
            return try completeComparison(instruction, registers, constants)
        case .prepareFor:
            try prepareLoop(instruction, registers)
            frame.position.jump(instruction.jump)
        case .tailCall: return try completeTailCall(instruction, registers, base: base)
        case .varargs: try copyVarargs(instruction, frame, base: base)
        default: return try arithmetic(instruction, constants, base: base)
        }
        return false
    }

    @inline(__always)
    private mutating func completeVariable(
        _ instruction: Instruction, _ frame: FramePointer, _ registers: Registers
    ) throws(Raised) -> Bool {
        let closure = heap.closures[frame.closure]
        switch instruction.verified {
        case .getGlobal:
            let key = frame.constants[instruction.wide]
            return try index(closure.environment, key, into: instruction.a, base: frame.base, operand: nil)
        case .setGlobal:
            let key = frame.constants[instruction.wide]
            let value = registers[instruction.a]
            return try assignField(closure.environment, key, value, frame.position, operand: nil)
        case .getUpvalue:
            copyOpenUpvalue(heap.upvalues[closure.upvalues[instruction.b]], to: frame.base &+ instruction.a)
        default: setUpvalue(closure.upvalues[instruction.b], registers[instruction.a])
        }
        return false
    }

    @inline(__always)
    private mutating func completeComparison(
        _ instruction: Instruction, _ registers: Registers, _ constants: Constants
    ) throws(Raised) -> Bool {
        let one = registers[instruction.shortB]
        switch instruction.verified {
        case .jumpIfLess: return try less(one, registers[instruction.shortC], instruction)
        case .jumpIfLessOrEqual: return try lessOrEqual(one, registers[instruction.shortC], instruction)
        case .jumpIfLessConstant: return try less(one, constants[instruction.shortC], instruction)
        case .jumpIfLessOrEqualConstant: return try lessOrEqual(one, constants[instruction.shortC], instruction)
        case .jumpIfGreaterConstant: return try less(constants[instruction.shortC], one, instruction)
        default: return try lessOrEqual(constants[instruction.shortC], one, instruction)
        }
    }

    @inline(__always)
    private mutating func completeTailCall(
        _ instruction: Instruction, _ registers: Registers, base: Int
    ) throws(Raised) -> Bool {
        let function = base &+ instruction.a
        let arguments = instruction.b != 0 ? instruction.b &- 1 : thread.top &- function &- 1
        let called = registers[instruction.a]
        if called.isNative { return try callOther(called, function, arguments, wanted: -1) }
        try tailCall(function, arguments)
        return true
    }
}
