// What a register holds, in the words of the source: found by looking at the code as 5.1 does, only when a message
// needs it. The last instruction before the failing one that wrote the register tells where the value came from.

extension Machine {
    /// What a message calls a value.
    struct Variable {
        enum Kind: String { case local, global, field, method, upvalue }
        var kind: Kind
        var name: [UInt8]
    }

    /// The variable whose value lies in a slot of the function on top.
    mutating func variable(inSlot slot: Int) -> Variable? {
        guard thread.frameCount > 0 else { return nil }
        let frame = topFrame
        let register = slot - Int(frame.base)
        guard frame.kind == .lua, register >= 0, register < 256 else { return nil }
        let code = heap.codes[heap.closures[frame.closure].code]
        return variable(register, at: frame.position.index(in: code.instructions) - 1, code, depth: 0)
    }

    /// The variable that the function at this index calls at the moment.
    mutating func calledVariable(inFrame index: Int) -> Variable? {
        let frame = thread.frames[index]
        guard frame.kind == .lua else { return nil }
        let code = heap.codes[heap.closures[frame.closure].code]
        let place = frame.position.index(in: code.instructions) - 1
        guard place >= 0, place < code.instructions.count else { return nil }
        let instruction = code.instructions[place]
        switch instruction.operation {
        case .call, .tailCall, .genericFor: return variable(instruction.a, at: place, code, depth: 0)
        default: return nil
        }
    }

    private mutating func variable(_ register: Int, at place: Int, _ code: FunctionCode, depth: Int) -> Variable? {
        heap.charge(items: place &+ code.locals.count)
        if let name = localName(register, at: place, code) { return Variable(kind: .local, name: name) }
        guard depth < 8, let source = lastWrite(to: register, before: place, code) else { return nil }
        let instruction = code.instructions[source]
        switch instruction.operation {
        case .getGlobal: return named(.global, constant(instruction.wide, code))
        case .move:
            // Where it came from has the name that it has by now, as in 5.1.
            let from = instruction.b & 0xFF
            return from < instruction.a ? variable(from, at: place, code, depth: depth + 1) : nil
        case .getField: return named(.field, constant(instruction.c, code))
        case .getElement, .getIndex: return named(.field, .nil)
        case .getMethod: return named(.method, constant(instruction.c, code))
        case .getUpvalue:
            let index = instruction.b
            return named(.upvalue, index < code.upvalueNames.count ? code.upvalueNames[index] : .nil)
        default: return nil
        }
    }

    private func named(_ kind: Variable.Kind, _ name: Value) -> Variable {
        Variable(kind: kind, name: name.isString ? text(of: name).array : [UInt8(ascii: "?")])
    }

    private func constant(_ index: Int, _ code: FunctionCode) -> Value {
        index < code.constants.count ? code.constants[index] : .nil
    }

    /// The local variable that lives in a register at this instruction.
    private func localName(_ register: Int, at place: Int, _ code: FunctionCode) -> [UInt8]? {
        for index in 0..<code.locals.count {
            let local = code.locals[index]
            if Int(local.register) == register, Int(local.start) <= place, place < Int(local.end), local.name.isString {
                return text(of: local.name).array
            }
        }
        return nil
    }

    /// The last instruction before `place` that wrote the register, on the way straight down: forward jumps that stay
    /// before `place` are followed.
    private func lastWrite(to register: Int, before place: Int, _ code: FunctionCode) -> Int? {
        var found: Int?
        var index = 0
        while index < place {
            let instruction = code.instructions[index]
            guard let operation = instruction.operation else { return nil }
            if writes(instruction, operation, register), !(index + 1 < place && isOperand(at: index, code)) {
                found = index
            }
            if jumps(operation) {
                let target = index + 1 + instruction.jump
                if target > index, target <= place {
                    index = target
                    continue
                }
            }
            index += 1
        }
        return found
    }

    /// Whether a constant is loaded here that is an operand of the next instruction in 5.1, and so in no register.
    private func isOperand(at index: Int, _ code: FunctionCode) -> Bool {
        let load = code.instructions[index]
        switch load.operation {
        case .loadConstant, .loadBoolean: break
        case .loadNil where load.b == 1: break
        default: return false
        }
        guard index + 1 < code.instructions.count else { return false }
        let next = code.instructions[index + 1]
        let isRead =
            switch next.operation {
            case .setField, .setElement: next.c & 0xFF == load.a
            case .setIndex: next.b & 0xFF == load.a || next.c & 0xFF == load.a
            case .add, .subtract, .multiply, .divide, .modulo, .power: next.b & 0xFF == load.a
            default: false
            }
        return isRead && localName(load.a, at: index + 1, code) == nil
    }

    /// Whether 5.1 has a jump here that it follows. Those of comparisons and tests are instructions of their own there,
    /// so it follows them whatever the condition is.
    private func jumps(_ operation: Operation) -> Bool {
        switch operation {
        case .jump, .forLoop, .forLoopByOne, .prepareFor, .jumpIf, .copyAndJumpIf, .jumpIfEqual, .jumpIfLess,
            .jumpIfLessOrEqual, .jumpIfEqualConstant, .jumpIfLessConstant, .jumpIfLessOrEqualConstant,
            .jumpIfGreaterConstant, .jumpIfGreaterOrEqualConstant:
            true
        default: false
        }
    }

    private func writes(_ instruction: Instruction, _ operation: Operation, _ register: Int) -> Bool {
        let a = instruction.a
        switch operation {
        case .loadNil: return register >= a && register < a + instruction.b
        case .getMethod: return register == a || register == a + 1
        case .call, .tailCall: return register >= a
        case .varargs: return register >= a && (instruction.b == 0 || register < a + instruction.b - 1)
        case .genericFor: return register >= a + 2
        case .forLoop, .forLoopByOne: return register == a || register == a + 3
        case .prepareFor: return register == a
        // 5.1's table of instructions says that a test writes what it looks at.
        case .jumpIf: return register == instruction.shortB
        case .setGlobal, .setUpvalue, .setField, .setIndex, .setElement, .setList, .jump, .jumpIfEqual,
            .jumpIfLess, .jumpIfLessOrEqual, .jumpIfEqualConstant, .jumpIfLessConstant, .jumpIfLessOrEqualConstant,
            .jumpIfGreaterConstant, .jumpIfGreaterOrEqualConstant, .return, .close:
            return false
        default: return register == a
        }
    }
}
