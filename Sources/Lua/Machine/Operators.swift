// Arithmetic, length and comparisons of what is not two numbers: strings that read as numbers, and metamethods.
// Functions that return Bool say whether frames have changed; if not, the instruction is done.

import Platform

extension Machine {
    /// a - floor(a / b) * b
    @inline(__always)
    static func modulo(_ one: Double, _ other: Double) -> Double {
        let quotient = one / other
        if quotient == 0 { return one - quotient * other }  // -0 % x is 0
        // Beyond 2^52 all numbers are whole.
        guard quotient.magnitude < 4_503_599_627_370_496 else { return one - quotient * other }
        let whole = Double(Int64(quotient))
        return one - (whole > quotient ? whole - 1 : whole) * other
    }

    private static func compute(_ event: Event, _ one: Double, _ other: Double) -> Double {
        switch event {
        case .add: one + other
        case .subtract: one - other
        case .multiply: one * other
        case .divide: one / other
        case .modulo: modulo(one, other)
        case .power: Arithmetic.power(one, other)
        default: -one
        }
    }

    /// What an instruction computes; negation knows one operand only.
    private static func event(of operation: Operation) -> Event {
        switch operation {
        case .add, .addConstant: .add
        case .subtract, .subtractConstant: .subtract
        case .multiply, .multiplyConstant: .multiply
        case .divide, .divideConstant: .divide
        case .modulo, .moduloConstant: .modulo
        case .power, .powerConstant: .power
        default: .negate
        }
    }

    /// Any arithmetic instruction.
    @inline(never)
    mutating func arithmetic(
        _ instruction: Instruction, _ constants: Constants, base: Int
    ) throws(Raised) -> Bool {
        let operation = instruction.verified
        let one = thread.stack[base + instruction.b & 0xFF]
        let other: Value
        switch operation {
        case .addConstant, .subtractConstant, .multiplyConstant, .divideConstant, .moduloConstant, .powerConstant:
            other = constants[instruction.c]
        case .negate: other = one
        default: other = thread.stack[base + instruction.c & 0xFF]
        }
        return try arithmetic(Machine.event(of: operation), one, other, instruction, base: base)
    }

    private mutating func arithmetic(
        _ event: Event, _ one: Value, _ other: Value, _ instruction: Instruction, base: Int
    ) throws(Raised) -> Bool {
        if one.isString { heap.charge(items: heap.stringLength(one)) }
        if other.isString { heap.charge(items: heap.stringLength(other)) }
        let first = toNumber(one)
        if let first, let second = toNumber(other) {
            thread.stack[base + instruction.a] = Value(Machine.compute(event, first, second))
            return false
        }
        var handler = metamethod(event, of: one)
        if handler.isNil { handler = metamethod(event, of: other) }
        if !handler.isNil {
            try callMetamethod(handler, (one, other))
            return true
        }
        if first == nil { throw typeError(one, "perform arithmetic on", slot: base + instruction.b & 0xFF) }
        throw typeError(other, "perform arithmetic on", slot: base + instruction.c & 0xFF)
    }

    /// Mutating for speed: a method that only reads the heap and is not inlined would be handed a copy of it.
    @inline(never)
    mutating func areEqualStrings(_ one: Value, _ other: Value) -> Bool { heap.rawEqual(one, other) }

    /// `#object`
    @inline(never)
    mutating func length(_ object: Value, _ instruction: Instruction, base: Int) throws(Raised) -> Bool {
        if object.isTable {
            thread.stack[base + instruction.a] = Value(unboxed: Double(length(of: object)))
            return false
        }
        if object.isString {
            thread.stack[base + instruction.a] = Value(Double(heap.stringLength(object)))
            return false
        }
        let handler = metamethod(.length, of: object)
        if handler.isNil { throw typeError(object, "get length of", slot: base + instruction.b & 0xFF) }
        try callMetamethod(handler, (object, .nil))
        return true
    }

    // MARK: comparisons; they move the stored position of the frame on top if the condition holds

    /// `a == b` of two strings or two tables that are not the same.
    @inline(__always)
    mutating func equal(_ one: Value, _ other: Value, _ instruction: Instruction) throws(Raised) -> Bool {
        if one.isTable { return try tablesEqual(one, other, instruction) }
        branch(instruction, areEqualStrings(one, other))
        return false
    }

    @inline(never)
    private mutating func tablesEqual(_ one: Value, _ other: Value, _ instruction: Instruction) throws(Raised) -> Bool {
        let handler = metamethod(.equal, of: one)
        if handler.isNil || !heap.rawEqual(handler, metamethod(.equal, of: other)) {
            branch(instruction, false)
            return false
        }
        try callMetamethod(handler, (one, other))
        return true
    }

    @inline(never)
    mutating func less(_ one: Value, _ other: Value, _ instruction: Instruction) throws(Raised) -> Bool {
        if one.isNumber && other.isNumber {
            branch(instruction, one.number < other.number)
        } else if one.isString && other.isString {
            branch(instruction, heap.compare(one, other) < 0)
        } else {
            guard let handler = commonMetamethod(.less, one, other) else { throw comparisonError(one, other) }
            try callMetamethod(handler, (one, other))
            return true
        }
        return false
    }

    @inline(never)
    mutating func lessOrEqual(_ one: Value, _ other: Value, _ instruction: Instruction) throws(Raised) -> Bool {
        if one.isNumber && other.isNumber {
            branch(instruction, one.number <= other.number)
        } else if one.isString && other.isString {
            branch(instruction, heap.compare(one, other) <= 0)
        } else {
            if let handler = commonMetamethod(.lessOrEqual, one, other) {
                try callMetamethod(handler, (one, other))
                return true
            }
            guard let handler = commonMetamethod(.less, other, one) else { throw comparisonError(one, other) }
            try callMetamethod(handler, (other, one), purpose: .negatedInstruction)
            return true
        }
        return false
    }

    /// Both values must have the same metamethod, and be of one type.
    mutating func commonMetamethod(_ event: Event, _ one: Value, _ other: Value) -> Value? {
        if one.isTable != other.isTable || one.isString != other.isString { return nil }
        let handler = metamethod(event, of: one)
        if handler.isNil || !heap.rawEqual(handler, metamethod(event, of: other)) { return nil }
        return handler
    }

    /// Goes on where the comparison says.
    @inline(__always)
    func branch(_ instruction: Instruction, _ truth: Bool) {
        if truth == (instruction.a != 0) { topFramePointer.position.jump(instruction.jump) }
    }
}
