// Changes of tables, as 5.1 makes them: a key that collides goes to the last free node, or drives a key that lies away
// from its own main position there; if no node is free the table is measured anew: the array part is the largest power
// of two of which more than half is in use, the nodes are as many as the other keys need.
//
// A place is an index into the nodes, or ~index into the array part.

extension TableObject {
    /// Gives a new key a node, its value being nil; -1 if no node is free.
    mutating func insert(_ key: Value, hash: UInt32) -> Int {
        if nodes.count == 0 { return -1 }
        let main = mainPosition(of: key, hash: hash)
        if nodes[main].value.isNil {
            nodes[main].key = key
            nodes[main].hash = hash
            return main
        }
        guard let free = takeFreeNode() else { return -1 }
        let occupant = nodes[main]
        let home = mainPosition(of: occupant.key, hash: occupant.hash)
        if home == main {
            nodes[free] = Node(key: key, value: .nil, next: occupant.next, hash: hash)
            nodes[main].next = Int32(truncatingIfNeeded: free)
            return free
        }
        var before = home
        while nodes[before].next != Int32(truncatingIfNeeded: main) { before = Int(nodes[before].next) }
        nodes[before].next = Int32(truncatingIfNeeded: free)
        nodes[free] = occupant
        nodes[main] = Node(key: key, value: .nil, next: -1, hash: hash)
        return main
    }

    /// The last node that never had a key.
    private mutating func takeFreeNode() -> Int? {
        while lastFree > 0 {
            lastFree -= 1
            if nodes[Int(lastFree)].key.isNil { return Int(lastFree) }
        }
        return nil
    }

    /// Keys from 1 by powers of two: in `counts[i]` how many lie in 2^(i - 1) + 1 … 2^i.
    fileprivate func census(adding key: Value) -> (arraySize: Int, nodeCount: Int) {
        var counts = InlineArray<27, Int>(repeating: 0)
        var total = 0
        var candidates = 0
        func count(_ key: Value, _ counts: inout InlineArray<27, Int>) {
            let index = key.isNumber ? TableObject.arrayIndex(of: key.number) : 0
            if index > 0 {
                counts[TableObject.power(of: index)] += 1
                candidates += 1
            }
            total += 1
        }
        for index in 0..<array.count where unsafe !array.start[index].isNil {
            counts[TableObject.power(of: index + 1)] += 1
            candidates += 1
            total += 1
        }
        for index in 0..<nodes.count where unsafe !nodes.start[index].value.isNil {
            unsafe count(nodes.start[index].key, &counts)
        }
        count(key, &counts)
        let best = TableObject.bestArraySize(counts, candidates)
        return (best.size, total - best.elements)
    }

    /// The exponent of the smallest power of two that is not below the index.
    @inline(__always) private static func power(of index: Int) -> Int {
        Int.bitWidth &- (index &- 1).leadingZeroBitCount
    }

    /// The largest array part of which more than half would be in use, and how many elements it would hold.
    private static func bestArraySize(
        _ counts: InlineArray<27, Int>, _ candidates: Int
    ) -> (size: Int, elements: Int) {
        var best = (size: 0, elements: 0)
        var sum = 0
        for power in 0..<27 {
            let size = 1 << power
            if size / 2 >= candidates { break }
            sum += counts[power]
            if counts[power] > 0, sum > size / 2 { best = (size, sum) }
            if sum == candidates { break }
        }
        return best
    }
}

extension Heap {
    /// A table with room for so many elements and fields, exactly as 5.1 would size it.
    mutating func makeTable(elements: Int, fields: Int) throws(Raised) -> Value {
        var object = TableObject.vacant
        if elements > 0 { object.array = try makeBlock(elements, repeating: Value.nil) }
        if fields > 0 {
            do {
                object.nodes = try makeNodes(fields, permanent: isPermanent)
            } catch {
                free(object.array, permanent: isPermanent)
                throw error
            }
            object.lastFree = UInt32(truncatingIfNeeded: object.nodes.count)
        }
        guard let handle = tables.insert(object, permanently: isPermanent, &account) else {
            free(object.array, permanent: isPermanent)
            free(object.nodes, permanent: isPermanent)
            throw outOfMemory()
        }
        return Value(tag: .table, payload: handle)
    }

    private mutating func makeNodes(_ count: Int, permanent: Bool) throws(Raised) -> Block<Node> {
        guard count > 0 else { return .empty }
        guard count <= 1 << 26 else { throw outOfMemory() }
        let power = Int.bitWidth - (count - 1).leadingZeroBitCount
        return try makeBlock(1 << power, repeating: Node.free, permanent: permanent)
    }

    /// The hash of a key; a string must be interned.
    @inline(__always) func hash(of key: Value) -> UInt32 {
        if key.isString { return strings[key.payload].hash }
        if key.isNumber { return TableObject.hash(of: key.number) }
        if key.isBoolean { return key.boolean ? 1 : 0 }
        return UInt32(truncatingIfNeeded: key.bits &>> 32) &* 31 &+ key.payload &* 24
    }

    // MARK: places

    /// Where the key is, or where it now has a place with the value nil: so 5.1 begins every assignment.
    /// "table index is nil", "table index is NaN"
    mutating func place(of key: Value, in table: UInt32) throws(Raised) -> Int {
        var key = key
        if tables[table].isCrowded { charge(items: tables[table].nodes.count) }
        if key.isNumber {
            let number = key.number
            let index = TableObject.arrayIndex(of: number)
            if UInt(bitPattern: index &- 1) < UInt(bitPattern: tables[table].array.count) { return ~(index &- 1) }
            let known = tables[table].findNumber(number)
            if known >= 0 { return known }
            noteChain(of: ~known, in: table)
            if number.isNaN { throw failure("table index is NaN") }
        } else {
            if key.isNil { throw failure("table index is nil") }
            if key.isString { key = intern(key) }
            let known = tables[table].find(key, hash: hash(of: key))
            if known >= 0 { return known }
            noteChain(of: ~known, in: table)
        }
        return try insert(key, in: table)
    }

    /// All the nodes of a chain were looked at.
    @inline(__always) private mutating func noteChain(of length: Int, in table: UInt32) {
        if length > 64 {
            tables[table].isCrowded = true
            charge(items: length &<< 1)
        }
    }

    /// A place for a key that is not there.
    @inline(never) private mutating func insert(_ key: Value, in table: UInt32) throws(Raised) -> Int {
        let hash = hash(of: key)
        let node = tables[table].insert(key, hash: hash)
        if node >= 0 {
            if key.isCollectable { noteKey(key, in: table) }
            return node
        }
        let (arraySize, nodeCount) = tables[table].census(adding: key)
        try resize(table, elements: arraySize, fields: nodeCount)
        return try place(of: key, in: table)
    }

    /// Gives both parts new sizes and all pairs new places, the nodes' from the last to the first.
    mutating func resize(_ table: UInt32, elements: Int, fields: Int) throws(Raised) {
        let permanent = tables.isPermanent(table)
        let old = tables[table]
        charge(items: (old.array.count &+ old.nodes.count) &<< 2)
        let nodes = try makeNodes(fields, permanent: permanent)
        var array = old.array
        if elements != array.count {
            do {
                array = try makeBlock(elements, repeating: Value.nil, permanent: permanent)
            } catch {
                free(nodes, permanent: permanent)
                throw error
            }
            unsafe array.start.update(from: old.array.start, count: min(elements, old.array.count))
        }
        tables[table].array = array
        tables[table].nodes = nodes
        tables[table].isCrowded = false
        tables[table].lastFree = UInt32(truncatingIfNeeded: nodes.count)
        for index in elements..<max(elements, old.array.count) where !old.array[index].isNil {
            let key = Value(unboxed: Double(index + 1))
            put(key, hash: TableObject.hash(of: key.number), old.array[index], into: table)
        }
        for index in stride(from: old.nodes.count - 1, through: 0, by: -1) {
            let node = unsafe old.nodes.start[index]
            if !node.value.isNil { put(node.key, hash: node.hash, node.value, into: table) }
        }
        if elements != old.array.count { free(old.array, permanent: permanent) }
        free(old.nodes, permanent: permanent)
    }

    /// Puts a pair into a table that has just been measured for it.
    private mutating func put(_ key: Value, hash: UInt32, _ value: Value, into table: UInt32) {
        if key.isNumber {
            let index = TableObject.arrayIndex(of: key.number)
            if index > 0, index <= tables[table].array.count {
                tables[table].array[index - 1] = value
                return
            }
        }
        let node = tables[table].insert(key, hash: hash)
        tables[table].nodes[node].value = value
    }

    /// Makes the array part so long at least, as a constructor does before it sets its elements, from the last to the
    /// first.
    mutating func reserveElements(_ table: UInt32, _ count: Int) throws(Raised) {
        if count > tables[table].array.count {
            try resize(table, elements: count, fields: tables[table].nodes.count)
        }
    }

    // MARK: values at places

    @inline(__always) func value(at place: Int, of table: UInt32) -> Value {
        place < 0 ? tables[table].array[~place] : tables[table].nodes[place].value
    }

    /// Writes to a place that `place(of:)` has given since the last change of the table.
    @inline(__always) mutating func setValue(_ value: Value, at place: Int, of table: UInt32) {
        if place < 0 { tables[table].array[~place] = value } else { tables[table].nodes[place].value = value }
        tables[table].absences = 0
        if tables.isPermanent(table) { remember(table: table, value) }
    }
}
