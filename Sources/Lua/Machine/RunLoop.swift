// The run loop: it runs the instructions of the frame on top until that frame is no Lua function, or none is left.
//
// All state that outlives an instruction is in the frames, so whoever changes them (a call, a metamethod, an error)
// just lets the loop look at the frame on top again (`continue frames`). `position`, `registers` and `constants` are
// copies for speed: `position` is stored before anything that may raise an error or change frames.

extension Machine {
    /// Runs until the host is asked for something, the first frame of the main thread has returned, or the budget is spent.
    mutating func interpret() throws(Raised) -> Outcome {
        frames: while true {
            guard let kind = topKind else { return .finished(results: thread.top) }
            switch kind {
            case .control:
                try stepControl()
                continue frames
            case .host:
                let frame = topFrame
                isStepping = true
                return .hostCall(frame.native.index, NativeCall(base: Int(frame.base), count: Int(frame.count)))
            case .lua: break
            }
            if budgetLeft <= 0 { return .paused }
            if heap.wantsCollection { collect() }
            var frame = topFramePointer
            var position = frame.position
            var constants = frame.constants
            var base = frame.base
            var registers = Registers(thread.stack, base: base)

            while true {
                let instruction = position.fetch()
                guard let operation = instruction.operation else { throw error("bad instruction") }
                switch operation {
                case .move:
                    registers[instruction.a] = registers[instruction.b]
                case .loadConstant:
                    registers[instruction.a] = constants[instruction.jump]
                case .loadNil:
                    let a = instruction.a
                    for index in a..<min(a &+ instruction.b, 256) { registers[index] = .nil }
                case .loadBoolean:
                    registers[instruction.a] = Value(instruction.b != 0)
                    if instruction.c == 1 { position.jump(1) }

                case .getGlobal:
                    let table = heap.closures[frame.closure].environment
                    let key = constants[instruction.wide]
                    if let value = heap.cachedValue(of: table.payload, key: key, place: instruction.d), !value.isNil {
                        registers[instruction.a] = value
                        continue
                    }
                    let (value, place) = heap.findField(table.payload, key)
                    if !value.isNil {
                        position.cache(place)
                        registers[instruction.a] = value
                        continue
                    }
                    frame.position = position
                    if try index(table, key, into: instruction.a, base: base, operand: nil) { continue frames }
                case .setGlobal:
                    let table = heap.closures[frame.closure].environment
                    let key = constants[instruction.wide]
                    let value = registers[instruction.a]
                    if heap.setCached(table.payload, key: key, place: instruction.d, value) { continue }
                    frame.position = position
                    if try assignField(table, key, value, position, operand: nil) { continue frames }

                case .getUpvalue:
                    let upvalue = heap.upvalues[heap.closures[frame.closure].upvalues[instruction.b]]
                    if upvalue.slot < 0 {
                        registers[instruction.a] = upvalue.value
                    } else {
                        registers[instruction.a] = valueOfOpen(upvalue)
                    }
                case .setUpvalue:
                    setUpvalue(heap.closures[frame.closure].upvalues[instruction.b], registers[instruction.a])

                case .getField:
                    let object = registers[instruction.b]
                    let key = constants[instruction.c]
                    if object.isTable {
                        if let value = heap.cachedValue(of: object.payload, key: key, place: instruction.d), !value.isNil {
                            registers[instruction.a] = value
                            continue
                        }
                        let (value, place) = heap.findField(object.payload, key)
                        if !value.isNil {
                            position.cache(place)
                            registers[instruction.a] = value
                            continue
                        }
                    }
                    frame.position = position
                    if try index(object, key, into: instruction.a, base: base, operand: instruction.b) {
                        continue frames
                    }
                case .setField:
                    let object = registers[instruction.a]
                    let key = constants[instruction.b]
                    let value = registers[instruction.c]
                    if object.isTable && heap.setCached(object.payload, key: key, place: instruction.d, value) { continue }
                    frame.position = position
                    if try assignField(object, key, value, position, operand: instruction.a) { continue frames }
                case .getMethod:
                    let object = registers[instruction.b]
                    let key = constants[instruction.c]
                    registers[instruction.a, plus: 1] = object
                    if object.isTable,
                        let value = heap.cachedValue(of: object.payload, key: key, place: instruction.d), !value.isNil
                    {
                        registers[instruction.a] = value
                        continue
                    }
                    frame.position = position
                    if try method(object, key, position, instruction, base: base) { continue frames }

                case .getIndex:
                    let object = registers[instruction.b]
                    let key = registers[instruction.c]
                    if object.isTable, key.isNumber,
                        let value = heap.getElement(object.payload, TableObject.arrayIndex(of: key.number)), !value.isNil
                    {
                        registers[instruction.a] = value
                        continue
                    }
                    frame.position = position
                    if try index(object, key, into: instruction.a, base: base, operand: instruction.b) {
                        continue frames
                    }
                case .setIndex:
                    let object = registers[instruction.a]
                    let key = registers[instruction.b]
                    let value = registers[instruction.c]
                    if object.isTable, key.isNumber, heap.setElement(object.payload, TableObject.arrayIndex(of: key.number), value) { continue }
                    frame.position = position
                    if try assign(object, key, value, operand: instruction.a) { continue frames }
                case .getElement:
                    let object = registers[instruction.b]
                    if object.isTable, let value = heap.getElement(object.payload, instruction.c), !value.isNil {
                        registers[instruction.a] = value
                        continue
                    }
                    frame.position = position
                    let key = Value(unboxed: Double(instruction.c))
                    if try index(object, key, into: instruction.a, base: base, operand: instruction.b) {
                        continue frames
                    }
                case .setElement:
                    let object = registers[instruction.a]
                    let value = registers[instruction.c]
                    if object.isTable, heap.setElement(object.payload, instruction.b, value) { continue }
                    frame.position = position
                    let key = Value(unboxed: Double(instruction.b))
                    if try assign(object, key, value, operand: instruction.a) { continue frames }

                case .newTable:
                    frame.position = position
                    registers[instruction.a] = try heap.makeTable(
                        elements: instruction.elementRoom, fields: instruction.fieldRoom)
                    if heap.wantsCollection { collect() }
                case .setList:
                    frame.position = position
                    try setList(instruction, base: base)

                case .add:
                    let one = registers[instruction.b]
                    let other = registers[instruction.c]
                    if one.isNumber && other.isNumber {
                        registers[instruction.a] = Value(unboxed: one.number + other.number)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.add, one, other, instruction, base: base) { continue frames }
                case .subtract:
                    let one = registers[instruction.b]
                    let other = registers[instruction.c]
                    if one.isNumber && other.isNumber {
                        registers[instruction.a] = Value(unboxed: one.number - other.number)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.subtract, one, other, instruction, base: base) { continue frames }
                case .multiply:
                    let one = registers[instruction.b]
                    let other = registers[instruction.c]
                    if one.isNumber && other.isNumber {
                        registers[instruction.a] = Value(unboxed: one.number * other.number)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.multiply, one, other, instruction, base: base) { continue frames }
                case .divide:
                    let one = registers[instruction.b]
                    let other = registers[instruction.c]
                    if one.isNumber && other.isNumber {
                        registers[instruction.a] = Value(unboxed: one.number / other.number)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.divide, one, other, instruction, base: base) { continue frames }
                case .modulo:
                    let one = registers[instruction.b]
                    let other = registers[instruction.c]
                    if one.isNumber && other.isNumber {
                        registers[instruction.a] = Value(Machine.modulo(one.number, other.number))
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.modulo, one, other, instruction, base: base) { continue frames }
                case .power:
                    frame.position = position
                    let one = registers[instruction.b]
                    if try arithmetic(.power, one, registers[instruction.c], instruction, base: base) {
                        continue frames
                    }

                case .addConstant:
                    let one = registers[instruction.b]
                    if one.isNumber {
                        registers[instruction.a] = Value(unboxed: one.number + constants[instruction.c].number)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.add, one, constants[instruction.c], instruction, base: base) { continue frames }
                case .subtractConstant:
                    let one = registers[instruction.b]
                    if one.isNumber {
                        registers[instruction.a] = Value(unboxed: one.number - constants[instruction.c].number)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.subtract, one, constants[instruction.c], instruction, base: base) {
                        continue frames
                    }
                case .multiplyConstant:
                    let one = registers[instruction.b]
                    if one.isNumber {
                        registers[instruction.a] = Value(unboxed: one.number * constants[instruction.c].number)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.multiply, one, constants[instruction.c], instruction, base: base) {
                        continue frames
                    }
                case .divideConstant:
                    let one = registers[instruction.b]
                    if one.isNumber {
                        registers[instruction.a] = Value(unboxed: one.number / constants[instruction.c].number)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.divide, one, constants[instruction.c], instruction, base: base) {
                        continue frames
                    }
                case .moduloConstant:
                    let one = registers[instruction.b]
                    if one.isNumber {
                        let result = Machine.modulo(one.number, constants[instruction.c].number)
                        registers[instruction.a] = Value(result)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.modulo, one, constants[instruction.c], instruction, base: base) {
                        continue frames
                    }
                case .powerConstant:
                    frame.position = position
                    let one = registers[instruction.b]
                    if try arithmetic(.power, one, constants[instruction.c], instruction, base: base) {
                        continue frames
                    }
                case .negate:
                    let one = registers[instruction.b]
                    if one.isNumber {
                        registers[instruction.a] = Value(-one.number)
                        continue
                    }
                    frame.position = position
                    if try arithmetic(.negate, one, one, instruction, base: base) { continue frames }
                case .not:
                    registers[instruction.a] = Value(!registers[instruction.b].isTrue)
                case .length:
                    let object = registers[instruction.b]
                    if object.isTable {
                        registers[instruction.a] = Value(unboxed: Double(length(of: object)))
                        continue
                    }
                    frame.position = position
                    if try length(object, instruction, base: base) { continue frames }
                case .concatenate:
                    frame.position = position
                    frame.count = instruction.c & 0xFF &- instruction.b & 0xFF &+ 1
                    if try concatenate(instruction, base: base) { continue frames }
                    if heap.wantsCollection { collect() }

                case .jump:
                    let distance = instruction.jump
                    position.jump(distance)
                    if distance < 0 {
                        budgetLeft &-= 1
                        if budgetLeft <= 0 {
                            frame.position = position
                            return .paused
                        }
                    }
                case .jumpIf:
                    if registers[instruction.shortB].isTrue == (instruction.a != 0) {
                        position.jump(instruction.jump)
                    }
                case .copyAndJumpIf:
                    let value = registers[instruction.shortB]
                    if value.isTrue == (instruction.shortC != 0) {
                        registers[instruction.a] = value
                        position.jump(instruction.jump)
                    }
                case .jumpIfEqual:
                    let one = registers[instruction.shortB]
                    let other = registers[instruction.shortC]
                    if one.isTable && other.isTable && one.bits != other.bits {
                        frame.position = position
                        if try tablesEqual(one, other, instruction) { continue frames }
                        position = frame.position
                    } else if heap.rawEqual(one, other) == (instruction.a != 0) {
                        position.jump(instruction.jump)
                    }
                case .jumpIfLess:
                    let one = registers[instruction.shortB]
                    let other = registers[instruction.shortC]
                    if one.isNumber && other.isNumber {
                        if (one.number < other.number) == (instruction.a != 0) { position.jump(instruction.jump) }
                        continue
                    }
                    frame.position = position
                    if try less(one, other, instruction) { continue frames }
                    position = frame.position
                case .jumpIfLessOrEqual:
                    let one = registers[instruction.shortB]
                    let other = registers[instruction.shortC]
                    if one.isNumber && other.isNumber {
                        if (one.number <= other.number) == (instruction.a != 0) { position.jump(instruction.jump) }
                        continue
                    }
                    frame.position = position
                    if try lessOrEqual(one, other, instruction) { continue frames }
                    position = frame.position
                case .jumpIfEqualConstant:
                    let equal = heap.rawEqual(registers[instruction.shortB], constants[instruction.shortC])
                    if equal == (instruction.a != 0) { position.jump(instruction.jump) }
                case .jumpIfLessConstant:
                    let one = registers[instruction.shortB]
                    let other = constants[instruction.shortC]
                    if one.isNumber {
                        if (one.number < other.number) == (instruction.a != 0) { position.jump(instruction.jump) }
                        continue
                    }
                    frame.position = position
                    if try less(one, other, instruction) { continue frames }
                    position = frame.position
                case .jumpIfLessOrEqualConstant:
                    let one = registers[instruction.shortB]
                    let other = constants[instruction.shortC]
                    if one.isNumber {
                        if (one.number <= other.number) == (instruction.a != 0) { position.jump(instruction.jump) }
                        continue
                    }
                    frame.position = position
                    if try lessOrEqual(one, other, instruction) { continue frames }
                    position = frame.position
                case .jumpIfGreaterConstant:
                    let one = registers[instruction.shortB]
                    let other = constants[instruction.shortC]
                    if one.isNumber {
                        if (one.number > other.number) == (instruction.a != 0) { position.jump(instruction.jump) }
                        continue
                    }
                    frame.position = position
                    if try less(other, one, instruction) { continue frames }
                    position = frame.position
                case .jumpIfGreaterOrEqualConstant:
                    let one = registers[instruction.shortB]
                    let other = constants[instruction.shortC]
                    if one.isNumber {
                        if (one.number >= other.number) == (instruction.a != 0) { position.jump(instruction.jump) }
                        continue
                    }
                    frame.position = position
                    if try lessOrEqual(other, one, instruction) { continue frames }
                    position = frame.position

                case .prepareFor:
                    frame.position = position
                    try prepareLoop(instruction, registers)
                    position.jump(instruction.jump)
                case .forLoop:
                    let step = registers[instruction.a, plus: 2].number
                    let next = registers[instruction.a].number + step
                    let limit = registers[instruction.a, plus: 1].number
                    if step > 0 ? next <= limit : limit <= next {
                        registers[instruction.a] = Value(unboxed: next)
                        registers[instruction.a, plus: 3] = Value(unboxed: next)
                        position.jump(instruction.jump)
                        budgetLeft &-= 1
                        if budgetLeft <= 0 {
                            frame.position = position
                            return .paused
                        }
                    }
                case .genericFor:
                    frame.position = position
                    if try genericFor(instruction, registers, base: base) { continue frames }
                    position = frame.position
                    if budgetLeft <= 0 { return .paused }

                case .call:
                    let called = registers[instruction.a]
                    let function = base &+ instruction.a
                    let arguments = instruction.b != 0 ? instruction.b &- 1 : thread.top &- function &- 1
                    frame.position = position
                    if called.isClosure {
                        let wanted = instruction.c &- 1
                        frame = try enter(
                            called, function: function, arguments: arguments, wanted: wanted, from: frame)
                        position = frame.position
                        constants = frame.constants
                        base = frame.base
                        registers = Registers(thread.stack, base: base)
                        if budgetLeft <= 0 { return .paused }
                        continue
                    }
                    if try callOther(called, function, arguments, wanted: instruction.c &- 1) { continue frames }
                    registers = Registers(thread.stack, base: base)
                case .tailCall:
                    frame.position = position
                    let function = base &+ instruction.a
                    let arguments = instruction.b != 0 ? instruction.b &- 1 : thread.top &- function &- 1
                    if try tailCall(function, arguments) { continue frames }
                    registers = Registers(thread.stack, base: base)
                case .return:
                    let first = base &+ instruction.a
                    let count = instruction.b != 0 ? instruction.b &- 1 : thread.top &- first
                    if thread.openUpvalues != noHandle { closeUpvalues(from: base) }
                    if frame.purpose != .call {
                        frame.position = position
                        try leave(first: first, count: count)
                        continue frames
                    }
                    let function = frame.function
                    let wanted = frame.wanted
                    frame = leaveToCaller()
                    if wanted == 1 {
                        thread.stack[function] = count > 0 ? thread.stack[first] : .nil
                    } else {
                        moveResults(first: first, count: count, to: function, wanted: wanted)
                    }
                    position = frame.position
                    constants = frame.constants
                    base = frame.base
                    registers = Registers(thread.stack, base: base)

                case .closure:
                    frame.position = position
                    registers[instruction.a] = try makeClosure(child: instruction.wide, frame, base: base)
                    if heap.wantsCollection { collect() }
                case .varargs:
                    frame.position = position
                    try copyVarargs(instruction, frame, base: base)
                    registers = Registers(thread.stack, base: base)
                case .close:
                    if thread.openUpvalues != noHandle { closeUpvalues(from: base &+ instruction.a) }
                }
            }
        }
    }
}
