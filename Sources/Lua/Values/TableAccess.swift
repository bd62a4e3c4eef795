// Tables as the heap's other parts, the run loop and natives see them: raw gets and sets, inline caches, `next`,
// metatables.

extension Heap {
    // MARK: raw access

    /// The value of any key.
    func get(_ key: Value, from table: UInt32) -> Value {
        if key.isString {
            guard let key = findInterned(key) else { return .nil }
            return getField(key, from: table)
        }
        if key.isNumber { return tables[table][key.number] }
        return tables[table].value(at: tables[table].find(key, hash: hash(of: key)))
    }

    /// The value of an interned string.
    @inline(__always) func getField(_ key: Value, from table: UInt32) -> Value {
        let hash = strings[key.payload].hash
        return tables[table].value(at: tables[table].findString(key, hash: hash))
    }

    /// The value of a key for the run loop, which may intern a string.
    @inline(__always) mutating func getIndex(_ key: Value, from table: UInt32) -> Value {
        if tables[table].isCrowded { charge(items: tables[table].nodes.count) }
        if key.isNumber { return tables[table][key.number] }
        if key.isString { return getField(intern(key), from: table) }
        return tables[table].value(at: tables[table].find(key, hash: hash(of: key)))
    }

    /// Sets the value of any key, without metamethods. "table index is nil", "table index is NaN", "not enough memory"
    mutating func set(_ key: Value, _ value: Value, in table: UInt32) throws(Raised) {
        let place = try place(of: key, in: table)
        setValue(value, at: place, of: table)
    }

    // MARK: the array part

    /// An element of the array part; nothing if it is not there.
    @inline(__always) func getElement(_ table: UInt32, _ index: Int) -> Value? {
        let array = tables[table].array
        guard UInt(bitPattern: index &- 1) < UInt(bitPattern: array.count) else { return nil }
        return unsafe array.start[index &- 1]
    }

    /// Replaces an element of the array part; says whether it could: the table is writable, and has an element there or
    /// no metatable.
    @inline(__always) mutating func setElement(_ table: UInt32, _ index: Int, _ value: Value) -> Bool {
        let array = tables[table].array
        guard UInt(bitPattern: index &- 1) < UInt(bitPattern: array.count), !tables[table].isReadOnly else {
            return false
        }
        if unsafe array.start[index &- 1].isNil, tables[table].metatable != TableObject.noTable { return false }
        unsafe array.start[index &- 1] = value
        if tables.isPermanent(table) { remember(table: table, value) }
        return true
    }

    /// Moves a row of elements within the array part of a writable table of the script, by so many places; says whether
    /// it could.
    mutating func moveElements(of table: UInt32, _ range: Range<Int>, by distance: Int) -> Bool {
        let array = tables[table].array
        let (first, last) = (range.lowerBound &- 1, range.upperBound &- 1)
        guard first >= 0, first &+ distance >= 0, last <= array.count, last &+ distance <= array.count,
            !tables[table].isReadOnly, !tables.isPermanent(table)
        else { return false }
        unsafe (array.start + (first &+ distance)).update(from: array.start + first, count: range.count)
        charge(bytes: range.count &* 8)
        return true
    }

    // MARK: inline caches

    /// The value of an interned key if it still is at this place.
    @inline(__always) func cachedValue(of table: UInt32, key: Value, place: Int) -> Value? {
        let nodes = tables[table].nodes
        guard place < nodes.count else { return nil }
        let node = unsafe nodes.start + place
        guard unsafe node.pointee.key.bits == key.bits else { return nil }
        return unsafe node.pointee.value
    }

    /// The value of an interned key, or nil, and its place for the cache: 0xFFFF if it has none that fits.
    @inline(__always) func findField(_ table: UInt32, _ key: Value) -> (value: Value, place: Int) {
        let node = tables[table].findString(key, hash: strings[key.payload].hash)
        if node < 0 { return (.nil, 0xFFFF) }
        return unsafe (tables[table].nodes.start[node].value, min(node, 0xFFFF))
    }

    // MARK: traversal

    /// The pair behind a key in 5.1's order (nil: the first one); nothing at the end. `isKnown`: the key is in the
    /// table.
    mutating func next(_ table: UInt32, after key: Value) -> (isKnown: Bool, pair: (key: Value, value: Value)?) {
        var position = placeBehind(key, in: table)
        if position < 0 { return (false, nil) }
        let start = position
        let pair = pair(of: table, at: &position)
        charge(items: position &- start)
        walk = (table, position - 1)
        return (true, pair)
    }

    /// The position behind a key; -1 if the key is not in the table.
    private mutating func placeBehind(_ key: Value, in table: UInt32) -> Int {
        if key.isNil { return 0 }
        let count = tables[table].array.count
        if key.isNumber {
            let index = TableObject.arrayIndex(of: key.number)
            if index > 0, index <= count { return index }
        }
        let nodes = tables[table].nodes
        if walk.table == table, UInt(bitPattern: walk.position &- count) < UInt(bitPattern: nodes.count),
            nodes[walk.position &- count].key.bits == key.bits
        {
            return walk.position &+ 1
        }
        let node = key.isNumber ? tables[table].findNumber(key.number) : findNode(key, in: table)
        return node < 0 ? -1 : count + node + 1
    }

    private mutating func findNode(_ key: Value, in table: UInt32) -> Int {
        let key = key.isString ? intern(key) : key
        return tables[table].find(key, hash: hash(of: key))
    }

    /// The pair at a position of 5.1's order, or the next one behind it; the position is then behind the pair. It
    /// begins with 0, and stays right as long as no key is added.
    @inline(__always) func pair(of table: UInt32, at position: inout Int) -> (key: Value, value: Value)? {
        let array = tables[table].array
        while position < array.count {
            let value = array[position]
            position &+= 1
            if !value.isNil { return (Value(unboxed: Double(position)), value) }
        }
        let nodes = tables[table].nodes
        while position &- array.count < nodes.count {
            let node = nodes[position &- array.count]
            position &+= 1
            if !node.value.isNil { return (node.key, node.value) }
        }
        return nil
    }

    // MARK: metatables

    @inline(__always) func metatableHandle(of table: Value) -> Value {
        let handle = tables[table.payload].metatable
        return handle == TableObject.noTable ? .nil : Value(tag: .table, payload: handle)
    }

    mutating func setMetatable(_ table: UInt32, _ metatable: Value) {
        tables[table].metatable = metatable.isTable ? metatable.payload : TableObject.noTable
        if tables.isPermanent(table) { remember(table: table, metatable) }
    }

    /// Whether a metatable is known not to answer to the event.
    @inline(__always) func lacks(_ event: Event, _ metatable: UInt32) -> Bool {
        tables[metatable].absences & (1 &<< UInt32(event.rawValue)) != 0
    }

    /// What a metatable answers to the event, or nil; its absence is remembered until the metatable changes.
    @inline(__always) func metamethod(_ event: Event, _ metatable: UInt32) -> Value {
        lacks(event, metatable) ? .nil : lookUp(event, metatable)
    }

    @inline(never) private func lookUp(_ event: Event, _ metatable: UInt32) -> Value {
        let value = getField(names[Int(event.rawValue)], from: metatable)
        if value.isNil { unsafe tables.place(of: metatable).pointee.absences |= 1 &<< UInt32(event.rawValue) }
        return value
    }

    /// The value of an interned key in a table or else in those that the metatables name, and its place for the cache
    /// if it is the table's own. Nothing if a function must be asked, or what is no table, or too many.
    func inherited(_ key: Value, from table: UInt32) -> (value: Value, place: Int)? {
        let hash = strings[key.payload].hash
        var holder = table
        for _ in 0..<Heap.quickChain {
            if tables[holder].isCrowded { return nil }
            let node = tables[holder].findString(key, hash: hash)
            if node >= 0 {
                let value = unsafe tables[holder].nodes.start[node].value
                if !value.isNil { return (value, holder == table ? min(node, 0xFFFF) : 0xFFFF) }
            }
            let metatable = tables[holder].metatable
            let handler = metatable == TableObject.noTable ? .nil : metamethod(.index, metatable)
            if handler.isNil { return (.nil, 0xFFFF) }
            guard handler.isTable else { return nil }
            holder = handler.payload
        }
        return nil
    }

    /// So many classes, each derived from the next, are looked through without counting.
    private static let quickChain = 16

    // MARK: for the host

    mutating func setTemporary(_ table: UInt32, _ key: Value, _ value: Value) throws(Raised) {
        let key = key.isString ? intern(key) : key
        let place = try place(of: key, in: table)
        if place < 0 { return try set(key, value, in: table) }
        tables[table].nodes[place].value = value
        tables[table].absences = 0
        if !value.isNil { temporaries.append(TemporaryField(table: table, key: key, value: value)) }
    }
}
