// The run loop: it runs the instructions of the frame on top until that frame is no Lua function, or none is left.
//
// All state that outlives an instruction is in the frames, so whoever changes them (a call, a metamethod, an error)
// just lets the loop look at the frame on top again (`continue frames`). `position`, `registers` and `constants` are
// copies for speed: `position` is stored before anything that may raise an error or change frames.
//
// What stands here does the usual thing at once (`QuickPaths.swift`) and goes on to the next instruction. What is left
// falls out of the switch to `complete` (`SlowPaths.swift`), which does it in full.

extension Machine {
    /// Runs until the host is asked for something, the first frame of the main thread has returned, or the budget is
    /// spent.
    mutating func interpret() throws(Raised) -> Outcome {
        frames: while true {
            guard let kind = topKind else { return .finished(results: thread.top) }
            switch kind {
            case .control:
                if budgetLeft <= 0 { return .paused }
                if heap.wantsCollection && suspension.isNone { try collectAmongInstructions() }
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
                if heap.wantsCollection { try collectAmongInstructions() }
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

                    // MARK: variables
                    case .getGlobal:
                        let table = heap.closures[frame.closure].environment.payload
                        if let value = heap.field(constants[instruction.wide], of: table, instruction, at: position) {
                            registers[instruction.a] = value
                            continue
                        }
                    case .setGlobal:
                        let table = heap.closures[frame.closure].environment.payload
                        let key = constants[instruction.wide]
                        let value = registers[instruction.a]
                        if heap.setCachedQuickly(table, key: key, place: instruction.d, value) { continue }
                    case .getUpvalue:
                        let upvalue = heap.upvalues[heap.closures[frame.closure].upvalues[instruction.b]]
                        if upvalue.slot < 0 {
                            registers[instruction.a] = upvalue.value
                            continue
                        }
                        if upvalue.thread == currentThread {
                            registers[instruction.a] = thread.stack[Int(upvalue.slot)]
                            continue
                        }
                    case .setUpvalue:
                        let handle = heap.closures[frame.closure].upvalues[instruction.b]
                        let slot = Int(heap.upvalues[handle].slot)
                        if slot >= 0 && heap.upvalues[handle].thread == currentThread {
                            thread.stack[slot] = registers[instruction.a]
                            continue
                        }
                        if slot < 0 && !heap.upvalues.isPermanent(handle) {
                            heap.upvalues[handle].value = registers[instruction.a]
                            continue
                        }

                    // MARK: tables
                    case .getField:
                        let object = registers[instruction.b]
                        let key = constants[instruction.c]
                        if object.isTable, let value = heap.field(key, of: object.payload, instruction, at: position) {
                            registers[instruction.a] = value
                            continue
                        }
                    case .setField:
                        let object = registers[instruction.a]
                        let key = constants[instruction.b]
                        let value = registers[instruction.c]
                        if object.isTable,
                            heap.setCachedQuickly(object.payload, key: key, place: instruction.d, value)
                        {
                            continue
                        }
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
                        if object.isTable, let value = heap.getQuickly(object.payload, key) {
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
                        if object.isTable, heap.setQuickly(object.payload, key, value) { continue }
                        frame.position = position
                        if try assign(object, key, value, operand: instruction.a) { continue frames }
                        continue reload
                    case .getElement:
                        let object = registers[instruction.b]
                        if object.isTable, let value = heap.getElement(object.payload, instruction.c), !value.isNil {
                            registers[instruction.a] = value
                            continue
                        }
                    case .setElement:
                        let object = registers[instruction.a]
                        let value = registers[instruction.c]
                        if object.isTable, heap.setElementQuickly(object.payload, instruction.b, value) { continue }
                    case .newTable:
                        frame.position = position
                        try makeTable(instruction, base: base)
                        continue reload
                    case .length:
                        let object = registers[instruction.b]
                        if object.isTable, let count = heap.quickLength(object.payload) {
                            registers[instruction.a] = Value(unboxed: Double(count))
                            continue
                        }
                        frame.position = position
                        if try length(object, instruction, base: base) { continue frames }
                        continue reload

                    // MARK: arithmetic
                    case .add:
                        if registers.compute(instruction, { Value(unboxed: $0 + $1) }) { continue }
                    case .subtract:
                        if registers.compute(instruction, { Value(unboxed: $0 - $1) }) { continue }
                    case .multiply:
                        if registers.compute(instruction, { Value(unboxed: $0 * $1) }) { continue }
                    case .divide:
                        if registers.compute(instruction, { Value(unboxed: $0 / $1) }) { continue }
                    case .modulo:
                        if registers.compute(instruction, { Value(Machine.modulo($0, $1)) }) { continue }
                    case .addConstant:
                        if registers.compute(instruction, constants, { Value(unboxed: $0 + $1) }) { continue }
                    case .subtractConstant:
                        if registers.compute(instruction, constants, { Value(unboxed: $0 - $1) }) { continue }
                    case .multiplyConstant:
                        if registers.compute(instruction, constants, { Value(unboxed: $0 * $1) }) { continue }
                    case .divideConstant:
                        if registers.compute(instruction, constants, { Value(unboxed: $0 / $1) }) { continue }
                    case .moduloConstant:
                        if registers.compute(instruction, constants, { Value(Machine.modulo($0, $1)) }) { continue }
                    case .negate:
                        let one = registers[instruction.b]
                        if one.isNumber {
                            registers[instruction.a] = Value(-one.number)
                            continue
                        }
                    case .not:
                        registers[instruction.a] = Value(!registers[instruction.b].isTrue)
                        continue
                    case .concatenate:
                        frame.position = position
                        frame.count = instruction.c & 0xFF &- instruction.b & 0xFF &+ 1
                        if try concatenate(instruction, base: base) { continue frames }
                        continue reload

                    // MARK: jumps
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
                        if position.jumpIfEqual(one, other, instruction) { continue }
                        frame.position = position
                        if try equal(one, other, instruction) { continue frames }
                        continue reload
                    case .jumpIfEqualConstant:
                        let one = registers[instruction.shortB]
                        let other = constants[instruction.shortC]
                        if position.jumpIfEqual(one, other, instruction) { continue }
                        frame.position = position
                        branch(instruction, areEqualStrings(one, other))
                        continue reload
                    case .jumpIfLess:
                        if position.jump(instruction, registers, { $0 < $1 }) { continue }
                    case .jumpIfLessOrEqual:
                        if position.jump(instruction, registers, { $0 <= $1 }) { continue }
                    case .jumpIfLessConstant:
                        if position.jump(instruction, registers, constants, { $0 < $1 }) { continue }
                    case .jumpIfLessOrEqualConstant:
                        if position.jump(instruction, registers, constants, { $0 <= $1 }) { continue }
                    case .jumpIfGreaterConstant:
                        if position.jump(instruction, registers, constants, { $0 > $1 }) { continue }
                    case .jumpIfGreaterOrEqualConstant:
                        if position.jump(instruction, registers, constants, { $0 >= $1 }) { continue }

                    // MARK: loops
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

                    // MARK: functions
                    case .call:
                        let called = registers[instruction.a]
                        let function = base &+ instruction.a
                        let arguments = instruction.b != 0 ? instruction.b &- 1 : thread.top &- function &- 1
                        frame.position = position
                        if called.isClosure {
                            let wanted = instruction.c &- 1
                            frame = try enter(
                                called, function: function, arguments: arguments, wanted: wanted, purpose: .call,
                                level: frame.level)
                            position = frame.position
                            constants = frame.constants
                            base = frame.base
                            registers = Registers(thread.stack, base: base)
                            if budgetLeft <= 0 { return .paused }
                            continue
                        }
                        if try callOther(called, function, arguments, wanted: instruction.c &- 1) { continue frames }
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
                    case .close:
                        if thread.highestOpen < base &+ instruction.a { continue }
                        frame.position = position
                        closeUpvalues(from: base &+ instruction.a)
                        continue reload

                    case .tailCall, .varargs, .setList, .prepareFor, .power, .powerConstant: break
                    }
                    frame.position = position
                    if try complete(instruction, frame) { continue frames }
                    continue reload
                }
            }
        }
    }
}
