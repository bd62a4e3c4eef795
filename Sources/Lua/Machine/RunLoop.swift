// The run loop: it runs the instructions of the frame on top until that frame is no Lua function, or none is left.
//
// All state that outlives an instruction is in the frames, so whoever changes them (a call, a metamethod, an error)
// just lets the loop look at the frame on top again (`continue frames`). `position`, `registers` and `constants` are
// copies for speed: `position` is stored before anything that may raise an error or change frames.

extension Machine {
    /// Runs until the host is asked for something, the first frame of the main thread has returned, or the budget is
    /// spent.
    mutating func interpret() throws(Raised) -> Outcome {
        frames: while true {
            guard let kind = topKind else { return .finished(results: thread.top) }
            switch kind {
            case .control:
                if budgetLeft <= 0 { return .paused }
                if heap.wantsCollection && suspension.isNone { collect() }
                try stepControl()
                continue frames
            case .host:
                let frame = topFrame
                isStepping = true
                return .hostCall(frame.native.index, NativeCall(base: Int(frame.base), count: Int(frame.count)))
            case .lua: break
            }
            reload: while true {
                if budgetLeft <= 0 { return .paused }
                if heap.wantsCollection { collect() }
                var frame = topFramePointer
                var position = frame.position
                var constants = frame.constants
                var base = frame.base
                var registers = Registers(thread.stack, base: base)

                while true {
                    let instruction = position.fetch()
                    switch instruction.verified {
                    case .move:
                        registers[instruction.a] = registers[instruction.b]
                        continue
                    case .loadConstant:
                        registers[instruction.a] = constants[instruction.jump]
                        continue
                    case .loadNil:
                        let a = instruction.a
                        for index in a..<min(a &+ instruction.b, 256) { registers[index] = .nil }
                        continue
                    case .loadBoolean:
                        registers[instruction.a] = Value(instruction.b != 0)
                        if instruction.c == 1 { position.jump(1) }
                        continue

                    case .getGlobal:
                        let table = heap.closures[frame.closure].environment
                        let key = constants[instruction.wide]
                        if let value = heap.cachedValue(of: table.payload, key: key, place: instruction.d), !value.isNil
                        {
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
                        continue reload
                    case .setGlobal:
                        let table = heap.closures[frame.closure].environment
                        let key = constants[instruction.wide]
                        let value = registers[instruction.a]
                        if heap.setCachedQuickly(table.payload, key: key, place: instruction.d, value) { continue }
                        frame.position = position
                        if try assignField(table, key, value, position, operand: nil) { continue frames }
                        continue reload

                    case .getUpvalue:
                        let upvalue = heap.upvalues[heap.closures[frame.closure].upvalues[instruction.b]]
                        if upvalue.slot < 0 {
                            registers[instruction.a] = upvalue.value
                        } else if upvalue.thread == currentThread {
                            registers[instruction.a] = thread.stack[Int(upvalue.slot)]
                        } else {
                            frame.position = position
                            copyOpenUpvalue(upvalue, to: base &+ instruction.a)
                            continue reload
                        }
                        continue
                    case .setUpvalue:
                        let handle = heap.closures[frame.closure].upvalues[instruction.b]
                        let slot = Int(heap.upvalues[handle].slot)
                        if slot >= 0 && heap.upvalues[handle].thread == currentThread {
                            thread.stack[slot] = registers[instruction.a]
                        } else if slot < 0 && !heap.upvalues.isPermanent(handle) {
                            heap.upvalues[handle].value = registers[instruction.a]
                        } else {
                            frame.position = position
                            setUpvalue(handle, registers[instruction.a])
                            continue reload
                        }
                        continue

                    case .getField:
                        let object = registers[instruction.b]
                        let key = constants[instruction.c]
                        if object.isTable {
                            if let value = heap.cachedValue(of: object.payload, key: key, place: instruction.d),
                                !value.isNil
                            {
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
                        continue reload
                    case .setField:
                        let object = registers[instruction.a]
                        let key = constants[instruction.b]
                        let value = registers[instruction.c]
                        if object.isTable
                            && heap.setCachedQuickly(object.payload, key: key, place: instruction.d, value)
                        {
                            continue
                        }
                        frame.position = position
                        if try assignField(object, key, value, position, operand: instruction.a) { continue frames }
                        continue reload
                    case .getMethod:
                        let object = registers[instruction.b]
                        let key = constants[instruction.c]
                        registers[instruction.a, plus: 1] = object
                        if object.isTable,
                            let value = heap.cachedValue(of: object.payload, key: key, place: instruction.d),
                            !value.isNil
                        {
                            registers[instruction.a] = value
                            continue
                        }
                        frame.position = position
                        if try method(object, key, position, instruction, base: base) { continue frames }
                        continue reload

                    case .getIndex:
                        let object = registers[instruction.b]
                        let key = registers[instruction.c]
                        if object.isTable, key.isNumber,
                            let value = heap.getElement(object.payload, TableObject.arrayIndex(of: key.number)),
                            !value.isNil
                        {
                            registers[instruction.a] = value
                            continue
                        }
                        if object.isTable, key.isString, let value = heap.getInterned(key, from: object.payload) {
                            registers[instruction.a] = value
                            continue
                        }
                        frame.position = position
                        if try index(object, key, into: instruction.a, base: base, operand: instruction.b) {
                            continue frames
                        }
                        continue reload
                    case .setIndex:
                        let object = registers[instruction.a]
                        let key = registers[instruction.b]
                        let value = registers[instruction.c]
                        if object.isTable, key.isNumber,
                            heap.setElementQuickly(object.payload, TableObject.arrayIndex(of: key.number), value)
                        {
                            continue
                        }
                        if object.isTable, key.isString, heap.setInterned(key, in: object.payload, value) { continue }
                        frame.position = position
                        if try assign(object, key, value, operand: instruction.a) { continue frames }
                        continue reload
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
                        continue reload
                    case .setElement:
                        let object = registers[instruction.a]
                        let value = registers[instruction.c]
                        if object.isTable, heap.setElementQuickly(object.payload, instruction.b, value) { continue }
                        frame.position = position
                        let key = Value(unboxed: Double(instruction.b))
                        if try assign(object, key, value, operand: instruction.a) { continue frames }
                        continue reload

                    case .newTable:
                        frame.position = position
                        try makeTable(instruction, base: base)
                        continue reload
                    case .setList:
                        frame.position = position
                        try setList(instruction, base: base)
                        continue reload

                    case .add:
                        let one = registers[instruction.b]
                        let other = registers[instruction.c]
                        if one.isNumber && other.isNumber {
                            registers[instruction.a] = Value(unboxed: one.number + other.number)
                            continue
                        }
                    case .subtract:
                        let one = registers[instruction.b]
                        let other = registers[instruction.c]
                        if one.isNumber && other.isNumber {
                            registers[instruction.a] = Value(unboxed: one.number - other.number)
                            continue
                        }
                    case .multiply:
                        let one = registers[instruction.b]
                        let other = registers[instruction.c]
                        if one.isNumber && other.isNumber {
                            registers[instruction.a] = Value(unboxed: one.number * other.number)
                            continue
                        }
                    case .divide:
                        let one = registers[instruction.b]
                        let other = registers[instruction.c]
                        if one.isNumber && other.isNumber {
                            registers[instruction.a] = Value(unboxed: one.number / other.number)
                            continue
                        }
                    case .modulo:
                        let one = registers[instruction.b]
                        let other = registers[instruction.c]
                        if one.isNumber && other.isNumber {
                            registers[instruction.a] = Value(Machine.modulo(one.number, other.number))
                            continue
                        }

                    case .addConstant:
                        let one = registers[instruction.b]
                        if one.isNumber {
                            registers[instruction.a] = Value(unboxed: one.number + constants[instruction.c].number)
                            continue
                        }
                    case .subtractConstant:
                        let one = registers[instruction.b]
                        if one.isNumber {
                            registers[instruction.a] = Value(unboxed: one.number - constants[instruction.c].number)
                            continue
                        }
                    case .multiplyConstant:
                        let one = registers[instruction.b]
                        if one.isNumber {
                            registers[instruction.a] = Value(unboxed: one.number * constants[instruction.c].number)
                            continue
                        }
                    case .divideConstant:
                        let one = registers[instruction.b]
                        if one.isNumber {
                            registers[instruction.a] = Value(unboxed: one.number / constants[instruction.c].number)
                            continue
                        }
                    case .moduloConstant:
                        let one = registers[instruction.b]
                        if one.isNumber {
                            let result = Machine.modulo(one.number, constants[instruction.c].number)
                            registers[instruction.a] = Value(result)
                            continue
                        }
                    case .power, .powerConstant: break
                    case .negate:
                        let one = registers[instruction.b]
                        if one.isNumber {
                            registers[instruction.a] = Value(-one.number)
                            continue
                        }
                    case .not:
                        registers[instruction.a] = Value(!registers[instruction.b].isTrue)
                        continue
                    case .length:
                        let object = registers[instruction.b]
                        if object.isTable, let count = heap.quickLength(object.payload) {
                            registers[instruction.a] = Value(unboxed: Double(count))
                            continue
                        }
                        frame.position = position
                        if try length(object, instruction, base: base) { continue frames }
                        continue reload
                    case .concatenate:
                        frame.position = position
                        frame.count = instruction.c & 0xFF &- instruction.b & 0xFF &+ 1
                        if try concatenate(instruction, base: base) { continue frames }
                        continue reload

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
                        continue
                    case .jumpIf:
                        let truth = registers[instruction.shortB].isTrue
                        position.jump(instruction.jump, if: truth == (instruction.a != 0))
                        continue
                    case .copyAndJumpIf:
                        let value = registers[instruction.shortB]
                        if value.isTrue == (instruction.shortC != 0) {
                            registers[instruction.a] = value
                            position.jump(instruction.jump)
                        }
                        continue
                    case .jumpIfEqual:
                        let one = registers[instruction.shortB]
                        let other = registers[instruction.shortC]
                        if one.isTable && other.isTable && one.bits != other.bits {
                            frame.position = position
                            if try tablesEqual(one, other, instruction) { continue frames }
                            continue reload
                        } else if one.isNumber && other.isNumber {
                            position.jump(instruction.jump, if: (one.number == other.number) == (instruction.a != 0))
                        } else if one.bits == other.bits || !one.isString || !other.isString {
                            position.jump(instruction.jump, if: (one.bits == other.bits) == (instruction.a != 0))
                        } else {
                            frame.position = position
                            branch(instruction, areEqualStrings(one, other))
                            continue reload
                        }
                        continue
                    case .jumpIfLess:
                        let one = registers[instruction.shortB]
                        let other = registers[instruction.shortC]
                        if one.isNumber && other.isNumber {
                            position.jump(instruction.jump, if: (one.number < other.number) == (instruction.a != 0))
                            continue
                        }
                        frame.position = position
                        if try less(one, other, instruction) { continue frames }
                        continue reload
                    case .jumpIfLessOrEqual:
                        let one = registers[instruction.shortB]
                        let other = registers[instruction.shortC]
                        if one.isNumber && other.isNumber {
                            position.jump(instruction.jump, if: (one.number <= other.number) == (instruction.a != 0))
                            continue
                        }
                        frame.position = position
                        if try lessOrEqual(one, other, instruction) { continue frames }
                        continue reload
                    case .jumpIfEqualConstant:
                        let one = registers[instruction.shortB]
                        let other = constants[instruction.shortC]
                        if one.isNumber && other.isNumber {
                            position.jump(instruction.jump, if: (one.number == other.number) == (instruction.a != 0))
                        } else if one.bits == other.bits || !one.isString || !other.isString {
                            position.jump(instruction.jump, if: (one.bits == other.bits) == (instruction.a != 0))
                        } else {
                            frame.position = position
                            branch(instruction, areEqualStrings(one, other))
                            continue reload
                        }
                        continue
                    case .jumpIfLessConstant:
                        let one = registers[instruction.shortB]
                        let other = constants[instruction.shortC]
                        if one.isNumber {
                            position.jump(instruction.jump, if: (one.number < other.number) == (instruction.a != 0))
                            continue
                        }
                        frame.position = position
                        if try less(one, other, instruction) { continue frames }
                        continue reload
                    case .jumpIfLessOrEqualConstant:
                        let one = registers[instruction.shortB]
                        let other = constants[instruction.shortC]
                        if one.isNumber {
                            position.jump(instruction.jump, if: (one.number <= other.number) == (instruction.a != 0))
                            continue
                        }
                        frame.position = position
                        if try lessOrEqual(one, other, instruction) { continue frames }
                        continue reload
                    case .jumpIfGreaterConstant:
                        let one = registers[instruction.shortB]
                        let other = constants[instruction.shortC]
                        if one.isNumber {
                            position.jump(instruction.jump, if: (one.number > other.number) == (instruction.a != 0))
                            continue
                        }
                        frame.position = position
                        if try less(other, one, instruction) { continue frames }
                        continue reload
                    case .jumpIfGreaterOrEqualConstant:
                        let one = registers[instruction.shortB]
                        let other = constants[instruction.shortC]
                        if one.isNumber {
                            position.jump(instruction.jump, if: (one.number >= other.number) == (instruction.a != 0))
                            continue
                        }
                        frame.position = position
                        if try lessOrEqual(other, one, instruction) { continue frames }
                        continue reload

                    case .prepareFor:
                        frame.position = position
                        try prepareLoop(instruction, registers)
                        frame.position.jump(instruction.jump)
                        continue reload
                    case .forLoop:
                        let step = registers[instruction.a, plus: 2].number
                        let next = registers[instruction.a].number + step
                        let limit = registers[instruction.a, plus: 1].number
                        if _fastPath(step > 0) ? _fastPath(next <= limit) : limit <= next {
                            registers[instruction.a] = Value(unboxed: next)
                            registers[instruction.a, plus: 3] = Value(unboxed: next)
                            position.jump(instruction.jump)
                            budgetLeft &-= 1
                            if budgetLeft <= 0 {
                                frame.position = position
                                return .paused
                            }
                        }
                        continue
                    case .forLoopByOne:
                        let next = registers[instruction.a].number + 1
                        if next <= registers[instruction.a, plus: 1].number {
                            registers[instruction.a] = Value(unboxed: next)
                            registers[instruction.a, plus: 3] = Value(unboxed: next)
                            position.jump(instruction.jump)
                            budgetLeft &-= 1
                            if budgetLeft <= 0 {
                                frame.position = position
                                return .paused
                            }
                        }
                        continue
                    case .genericFor:
                        frame.position = position
                        if try genericFor(instruction, registers, base: base) { continue frames }
                        continue reload

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
                        continue reload
                    case .tailCall:
                        frame.position = position
                        let function = base &+ instruction.a
                        let arguments = instruction.b != 0 ? instruction.b &- 1 : thread.top &- function &- 1
                        let called = registers[instruction.a]
                        if called.isNative {
                            if try callOther(called, function, arguments, wanted: -1) { continue frames }
                        } else {
                            try tailCall(function, arguments)
                            continue frames
                        }
                        continue reload
                    case .return:
                        let first = base &+ instruction.a
                        let count = instruction.b != 0 ? instruction.b &- 1 : thread.top &- first
                        if thread.highestOpen >= base || frame.purpose != .call {
                            frame.position = position
                            if thread.highestOpen >= base { closeUpvalues(from: base) }
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
                        continue

                    case .closure:
                        frame.position = position
                        try makeClosure(instruction, frame, base: base)
                        continue reload
                    case .varargs:
                        frame.position = position
                        try copyVarargs(instruction, frame, base: base)
                        continue reload
                    case .close:
                        if thread.highestOpen >= base &+ instruction.a {
                            frame.position = position
                            closeUpvalues(from: base &+ instruction.a)
                            continue reload
                        }
                        continue
                    }
                    // Arithmetic of what is not two numbers.
                    frame.position = position
                    if try arithmetic(instruction, constants, base: base) { continue frames }
                    continue reload
                }
            }
        }
    }
}
