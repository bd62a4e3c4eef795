// Proves of a prototype, once, what the run loop then takes for granted: that constants, children, upvalues and targets
// of jumps exist, that operands have the types they must have, that the end is never run over, and that every way back
// counts against the budget. Registers need no proof: any number of eight bits is one. The compiler makes no other
// code; this is the second lock on the door.

/// Looks through the code of one function.
struct Verifier {
    let prototype: Prototype

    /// Whether the function is sound. Those within it are not looked at, but for where their upvalues come from:
    /// whoever loads them asks for each.
    static func isSound(_ prototype: Prototype) -> Bool { Verifier(prototype: prototype).isSound }

    private var isSound: Bool {
        let instructions = prototype.instructions
        guard let last = instructions.last, last.operation == .return else { return false }
        guard prototype.lines.count == instructions.count, prototype.registerCount <= Compilation.registerLimit,
            prototype.parameterCount <= prototype.registerCount
        else { return false }
        return instructions.indices.allSatisfy { isSound(instructions[$0], at: $0) }
    }

    private func isSound(_ instruction: Instruction, at index: Int) -> Bool {
        guard let operation = instruction.operation else { return false }
        switch operation {
        case .loadConstant: return prototype.constants.indices.contains(instruction.jump)
        case .loadBoolean: return instruction.c == 0 || isTarget(index + 2)
        case .loadNil, .return, .call, .tailCall, .varargs: return fits(instruction.a, instruction.b)
        case .getGlobal, .setGlobal: return isString(instruction.wide)
        case .getUpvalue, .setUpvalue: return prototype.upvalues.indices.contains(instruction.b)
        case .getField, .getMethod: return isString(instruction.c)
        case .setField: return isString(instruction.b)
        case .addConstant, .subtractConstant, .multiplyConstant, .divideConstant, .moduloConstant, .powerConstant:
            return isNumber(instruction.c)
        case .jumpIfLessConstant, .jumpIfLessOrEqualConstant, .jumpIfGreaterConstant, .jumpIfGreaterOrEqualConstant:
            return isNumber(instruction.shortC) && isTarget(index + 1 + instruction.jump) && instruction.jump >= 0
        case .jumpIfEqualConstant:
            return prototype.constants.indices.contains(instruction.shortC) && isTarget(index + 1 + instruction.jump)
                && instruction.jump >= 0
        case .jumpIf, .copyAndJumpIf, .jumpIfEqual, .jumpIfLess, .jumpIfLessOrEqual, .prepareFor:
            return isTarget(index + 1 + instruction.jump) && instruction.jump >= 0
        case .jump, .forLoop, .forLoopByOne: return isTarget(index + 1 + instruction.jump)
        case .genericFor: return isTarget(index + 1 + instruction.jump) && fits(instruction.a, instruction.shortC + 3)
        case .closure:
            guard prototype.children.indices.contains(instruction.wide) else { return false }
            return prototype.children[instruction.wide].upvalues.allSatisfy {
                $0.isRegister ? fits($0.index, 1) : prototype.upvalues.indices.contains($0.index)
            }
        case .setList: return instruction.jump >= 0 && fits(instruction.a, instruction.shortB)
        case .concatenate:
            return instruction.b <= instruction.c && instruction.c < Compilation.registerLimit
        case .move, .getIndex, .setIndex, .getElement, .setElement, .newTable, .add, .subtract, .multiply, .divide,
            .modulo, .power, .negate, .not, .length, .close:
            return true
        }
    }

    private func isTarget(_ index: Int) -> Bool { prototype.instructions.indices.contains(index) }

    /// Whether so many registers from the first on are within those that the function uses.
    private func fits(_ first: Int, _ count: Int) -> Bool { first + count <= Compilation.registerLimit + 1 }

    private func isString(_ index: Int) -> Bool {
        guard prototype.constants.indices.contains(index), case .string = prototype.constants[index] else {
            return false
        }
        return true
    }

    private func isNumber(_ index: Int) -> Bool {
        guard prototype.constants.indices.contains(index), case .number = prototype.constants[index] else {
            return false
        }
        return true
    }
}
