// Tables as Lua 5.1 lays them out, for `pairs` shows the layout: an array part for keys 1 … n, and nodes in which a key
// lies at its main position if that was free or held a key that belonged elsewhere; chains link the keys of one main
// position. What is here only reads; `TableChanges.swift` inserts and resizes.

/// A key and its value. A key whose value is nil is still part of its chain.
struct Node: BitwiseCopyable {
    var key: Value
    var value: Value
    /// The next node of the chain, or -1.
    var next: Int32
    /// The hash of the key.
    var hash: UInt32

    @inline(__always) static var free: Node { Node(key: .nil, value: .nil, next: -1, hash: 0) }
}

/// A table.
struct TableObject: PoolObject {
    var array: Block<Value>
    /// A power of two of them, or none.
    var nodes: Block<Node>
    /// All nodes from here on have been given a key.
    var lastFree: UInt32 = 0
    /// The handle of the metatable, or `noTable`.
    var metatable = TableObject.noTable
    /// Metamethods that this table, as a metatable, is known not to have: a bit for each event.
    var absences: UInt32 = 0
    /// Scripts cannot change it.
    var isReadOnly = false
    /// A long chain was seen in it: somebody has chosen the keys. Looking for one counts against the budget.
    var isCrowded = false
    /// It is in `Heap.remembered`.
    var isRemembered = false

    static var noTable: UInt32 { .max }

    @inline(__always) init(array: Block<Value>, nodes: Block<Node>) {
        self.array = array
        self.nodes = nodes
        lastFree = UInt32(truncatingIfNeeded: nodes.count)
    }

    static var vacant: TableObject { TableObject(array: .empty, nodes: .empty) }

    mutating func visitBlocks(_ heap: inout Heap) {
        heap.visit(&array)
        heap.visit(&nodes)
    }

    // MARK: where keys are

    /// The number as a key of the array part, or 0.
    @inline(__always) static func arrayIndex(of number: Double) -> Int {
        guard number >= 1, number <= 67_108_864 else { return 0 }
        let index = Int(number)
        return Double(index) == number ? index : 0
    }

    /// The two words of a double, added.
    @inline(__always) static func hash(of number: Double) -> UInt32 {
        if number == 0 { return 0 }
        let bits = number.bitPattern
        return UInt32(truncatingIfNeeded: bits) &+ UInt32(truncatingIfNeeded: bits &>> 32)
    }

    /// The node at which a key with this hash belongs. There are nodes.
    @inline(__always) func mainPosition(of key: Value, hash: UInt32) -> Int {
        if key.isString || key.isBoolean { return Int(hash) & (nodes.count &- 1) }
        return remainder(hash)
    }

    @inline(__always) private func remainder(_ hash: UInt32) -> Int {
        Int(hash % (UInt32(truncatingIfNeeded: nodes.count &- 1) | 1))
    }

    /// The node of an interned string, or -1.
    @inline(__always) func findString(_ key: Value, hash: UInt32) -> Int {
        if nodes.count == 0 { return -1 }
        var index = Int(hash) & (nodes.count &- 1)
        repeat {
            let node = unsafe nodes.start + index
            if unsafe node.pointee.key.bits == key.bits { return index }
            index = unsafe Int(node.pointee.next)
        } while index >= 0
        return -1
    }

    /// The node of a number; ~n if it is not among the n of its chain. Keys that are no numbers are NaNs, which equal
    /// nothing.
    func findNumber(_ number: Double) -> Int {
        if nodes.count == 0 { return -1 }
        var index = remainder(TableObject.hash(of: number))
        var length = 0
        repeat {
            let node = unsafe nodes.start + index
            if unsafe node.pointee.key.number == number { return index }
            index = unsafe Int(node.pointee.next)
            length &+= 1
        } while index >= 0
        return ~length
    }

    /// The node of a key that is no number; ~n if it is not among the n of its chain.
    func find(_ key: Value, hash: UInt32) -> Int {
        if nodes.count == 0 { return -1 }
        var index = mainPosition(of: key, hash: hash)
        var length = 0
        repeat {
            let node = unsafe nodes.start + index
            if unsafe node.pointee.key.bits == key.bits { return index }
            index = unsafe Int(node.pointee.next)
            length &+= 1
        } while index >= 0
        return ~length
    }

    // MARK: reading

    @inline(__always) func value(at node: Int) -> Value { node < 0 ? .nil : nodes[node].value }

    @inline(__always) subscript(index: Int) -> Value {
        if UInt(bitPattern: index &- 1) < UInt(bitPattern: array.count) { return unsafe array.start[index &- 1] }
        return value(at: findNumber(Double(index)))
    }

    @inline(__always) subscript(number: Double) -> Value {
        let index = TableObject.arrayIndex(of: number)
        if UInt(bitPattern: index &- 1) < UInt(bitPattern: array.count) { return unsafe array.start[index &- 1] }
        return value(at: findNumber(number))
    }

    // MARK: length

    /// The border that 5.1 finds: by halving the array part, or beyond it by doubling and halving.
    /// - Complexity: O(log n) unless the keys were chosen to make it O(n)
    func border() -> Int {
        let count = array.count
        if count > 0, array[count - 1].isNil {
            return border(between: 0, and: count) { array[$0 - 1].isNil }
        }
        if nodes.count == 0 { return count }
        var present = count
        var candidate = count + 1
        while !self[candidate].isNil {
            present = candidate
            candidate *= 2
            if candidate > Int(Int32.max) {
                var index = 1
                while !self[index].isNil { index += 1 }
                return index - 1
            }
        }
        return border(between: present, and: candidate) { self[$0].isNil }
    }

    private func border(between low: Int, and high: Int, isAbsent: (Int) -> Bool) -> Int {
        var low = low
        var high = high
        while high - low > 1 {
            let middle = (low + high) / 2
            if isAbsent(middle) { high = middle } else { low = middle }
        }
        return low
    }
}
