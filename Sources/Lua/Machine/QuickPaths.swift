// The quickest ways for the run loop: each does all without a call, or nothing. A call in the midst of the loop would
// cost more than itself: the loop could not keep its position in a register.

extension Heap {
    /// The value of a constant key, at the place where it was found before, or found now and noted in the instruction.
    @inline(__always)
    mutating func field(
        _ key: Value, of table: UInt32, _ instruction: Instruction, at position: CodePosition
    ) -> Value? {
        if let value = cachedValue(of: table, key: key, place: instruction.d), !value.isNil { return value }
        let (value, place) = findField(table, key)
        if value.isNil { return nil }
        position.cache(place)
        return value
    }

    /// The value of any key that is a number of the array part or an interned string; nothing if there is none.
    @inline(__always)
    func getQuickly(_ table: UInt32, _ key: Value) -> Value? {
        if key.isNumber {
            guard let value = getElement(table, TableObject.arrayIndex(of: key.number)),
                !value.isNil
            else { return nil }
            return value
        }
        return key.isString ? getInterned(key, from: table) : nil
    }

    /// Replaces the value of such a key.
    @inline(__always)
    mutating func setQuickly(_ table: UInt32, _ key: Value, _ value: Value) -> Bool {
        if key.isNumber { return setElementQuickly(table, TableObject.arrayIndex(of: key.number), value) }
        return key.isString && setInterned(key, in: table, value)
    }

    /// Replaces an element of the array part of a writable table of the script, if there is an element or no metatable.
    @inline(__always)
    mutating func setElementQuickly(_ table: UInt32, _ index: Int, _ value: Value) -> Bool {
        let array = tables[table].array
        guard UInt(bitPattern: index &- 1) < UInt(bitPattern: array.count), !tables.isPermanent(table),
            !tables[table].isReadOnly
        else { return false }
        if array[index &- 1].isNil, tables[table].metatable != TableObject.noTable { return false }
        array[index &- 1] = value
        return true
    }

    /// Replaces a value that is there in a writable table of the script, at the place where its key was found before.
    @inline(__always)
    mutating func setCachedQuickly(_ table: UInt32, key: Value, place: Int, _ value: Value) -> Bool {
        let nodes = tables[table].nodes
        guard place < nodes.count, !tables.isPermanent(table), !tables[table].isReadOnly else { return false }
        let node = nodes[place]
        guard node.key.bits == key.bits, !node.value.isNil else { return false }
        nodes[place].value = value
        return true
    }

    /// The value of a string that is interned already; nothing if it is not, or has none.
    @inline(__always)
    func getInterned(_ key: Value, from table: UInt32) -> Value? {
        guard strings[key.payload].isInterned, !tables[table].isCrowded else { return nil }
        let node = tables[table].findString(key, hash: strings[key.payload].hash)
        guard node >= 0 else { return nil }
        let value = tables[table].nodes[node].value
        return value.isNil ? nil : value
    }

    /// Replaces the value of a string that is interned and has one, in a writable table of the script.
    @inline(__always)
    mutating func setInterned(_ key: Value, in table: UInt32, _ value: Value) -> Bool {
        guard strings[key.payload].isInterned, !tables.isPermanent(table), !tables[table].isReadOnly,
            !tables[table].isCrowded
        else { return false }
        let node = tables[table].findString(key, hash: strings[key.payload].hash)
        guard node >= 0, !tables[table].nodes[node].value.isNil else { return false }
        tables[table].nodes[node].value = value
        return true
    }

    /// The length of a table whose array part is full and that has no other part.
    @inline(__always)
    func quickLength(_ table: UInt32) -> Int? {
        let array = tables[table].array
        guard array.count > 0, tables[table].nodes.count == 0, !array[array.count &- 1].isNil else { return nil }
        return array.count
    }
}

extension Registers {
    /// R[A] = R[B] op R[C], of numbers.
    @inline(__always)
    func compute(_ instruction: Instruction, _ operation: (Double, Double) -> Value) -> Bool {
        let one = self[instruction.b]
        let other = self[instruction.c]
        guard one.isNumber && other.isNumber else { return false }
        self[instruction.a] = operation(one.number, other.number)
        return true
    }

    /// R[A] = R[B] op K[C], of numbers.
    @inline(__always)
    func compute(
        _ instruction: Instruction, _ constants: Constants, _ operation: (Double, Double) -> Value
    ) -> Bool {
        let one = self[instruction.b]
        guard one.isNumber else { return false }
        self[instruction.a] = operation(one.number, constants[instruction.c].number)
        return true
    }
}

extension CodePosition {
    /// Goes J further if (R[B] op R[C]) is the truth of A, of numbers.
    @inline(__always)
    mutating func jump(
        _ instruction: Instruction, _ registers: Registers, _ isTrue: (Double, Double) -> Bool
    ) -> Bool {
        let one = registers[instruction.shortB]
        let other = registers[instruction.shortC]
        guard one.isNumber && other.isNumber else { return false }
        jump(instruction.jump, if: isTrue(one.number, other.number) == (instruction.a != 0))
        return true
    }

    /// Goes J further if (R[B] op K[C]) is the truth of A, of numbers.
    @inline(__always)
    mutating func jump(
        _ instruction: Instruction, _ registers: Registers, _ constants: Constants,
        _ isTrue: (Double, Double) -> Bool
    ) -> Bool {
        let one = registers[instruction.shortB]
        guard one.isNumber else { return false }
        jump(instruction.jump, if: isTrue(one.number, constants[instruction.shortC].number) == (instruction.a != 0))
        return true
    }

    /// Goes J further if (one == other) is the truth of A, unless these are two strings or two tables that may be equal
    /// nevertheless.
    @inline(__always)
    mutating func jumpIfEqual(_ one: Value, _ other: Value, _ instruction: Instruction) -> Bool {
        if one.isNumber && other.isNumber {
            jump(instruction.jump, if: (one.number == other.number) == (instruction.a != 0))
            return true
        }
        let isSame = one.bits == other.bits
        if !isSame && (one.isString && other.isString || one.isTable && other.isTable) { return false }
        jump(instruction.jump, if: isSame == (instruction.a != 0))
        return true
    }
}
