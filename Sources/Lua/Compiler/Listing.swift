// Shows the instructions of a prototype as text, for tests and for eyes.

extension Prototype {
    /// One line per instruction: index, source line, operation, operands; the functions within it follow.
    var listing: String {
        var text = "function \(firstLine) parameters \(parameterCount) registers \(registerCount)\n"
        for (index, instruction) in instructions.enumerated() {
            text += "\(index) [\(lines[index])] \(describe(instruction, at: index))\n"
        }
        return text + children.map(\.listing).joined()
    }

    private func describe(_ instruction: Instruction, at index: Int) -> String {
        guard let operation = instruction.operation else { return "?" }
        let a = instruction.a
        let b = instruction.b
        let c = instruction.c
        let target = index + 1 + instruction.jump
        switch operation {
        case .loadConstant: return "\(operation) \(a) \(show(instruction.jump))"
        case .getGlobal, .setGlobal: return "\(operation) \(a) \(show(instruction.wide))"
        case .getField, .getMethod, .addConstant, .subtractConstant, .multiplyConstant, .divideConstant,
            .moduloConstant, .powerConstant:
            return "\(operation) \(a) \(b) \(show(c))"
        case .setField: return "\(operation) \(a) \(show(b)) \(c)"
        case .newTable: return "\(operation) \(a) \(instruction.elementRoom) \(instruction.fieldRoom)"
        case .jump: return "\(operation) to \(target)"
        case .prepareFor, .forLoop, .forLoopByOne: return "\(operation) \(a) to \(target)"
        case .genericFor: return "\(operation) \(a) \(instruction.shortC) to \(target)"
        case .setList: return "\(operation) \(a) \(instruction.shortB) from \(instruction.jump)"
        case .jumpIf: return "\(operation) \(a) \(instruction.shortB) to \(target)"
        case .copyAndJumpIf, .jumpIfEqual, .jumpIfLess, .jumpIfLessOrEqual:
            return "\(operation) \(a) \(instruction.shortB) \(instruction.shortC) to \(target)"
        case .jumpIfEqualConstant, .jumpIfLessConstant, .jumpIfLessOrEqualConstant, .jumpIfGreaterConstant,
            .jumpIfGreaterOrEqualConstant:
            return "\(operation) \(a) \(instruction.shortB) \(show(instruction.shortC)) to \(target)"
        case .closure: return "\(operation) \(a) child \(instruction.wide)"
        default: return "\(operation) \(a) \(b) \(c)"
        }
    }

    private func show(_ constant: Int) -> String {
        guard constants.indices.contains(constant) else { return "K?" }
        switch constants[constant] {
        case .number(let number): return "\(number)"
        case .string(let bytes): return "'\(String(decoding: bytes, as: UTF8.self))'"
        case .nil: return "nil"
        case .boolean(let truth): return "\(truth)"
        }
    }
}
