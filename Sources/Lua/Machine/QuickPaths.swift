// The heap's quickest ways for the run loop: each does all without a call, or nothing. A call in the midst of the loop
// would cost more than itself: the loop could not keep its position in a register.

extension Heap {
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
