// What a table refers to, and what a weak one loses: `__mode` of its metatable has a "k", a "v" or both.

/// Which references of a table do not keep their objects.
struct Weakness: BitwiseCopyable {
    var keys = false
    var values = false

    static var none: Weakness { Weakness() }
    var isNone: Bool { !keys && !values }
}

extension TableObject {
    /// Its keys, values and metatable. A key without value counts if it is a string: set again it must find its old
    /// node, or the order of the table would depend on when collections are.
    func mark(_ heap: inout Heap, _ weakness: Weakness) {
        if metatable != TableObject.noTable { heap.mark(Value(tag: .table, payload: metatable)) }
        if !weakness.values {
            for index in 0..<array.count { heap.mark(array[index]) }
        }
        for index in 0..<nodes.count {
            let node = nodes[index]
            if node.key.isString || !node.value.isNil && !weakness.keys { heap.mark(node.key) }
            if !weakness.values { heap.mark(node.value) }
        }
    }

    func mark(_ heap: inout Heap) { mark(&heap, .none) }
}

extension Heap {
    /// What a metatable says about weakness.
    func weakness(_ metatable: UInt32) -> Weakness {
        guard tables.isPresent(metatable) else { return .none }
        let mode = metamethod(.mode, metatable)
        guard mode.isString else { return .none }
        var weakness = Weakness.none
        let text = text(of: mode)
        for index in 0..<text.count {
            if text[index] == UInt8(ascii: "k") { weakness.keys = true }
            if text[index] == UInt8(ascii: "v") { weakness.values = true }
        }
        return weakness
    }

    /// Takes pairs out of a weak table whose objects were not marked; strings are values, which stay.
    mutating func clearWeak(_ table: UInt32) {
        let array = tables[table].array
        let nodes = tables[table].nodes
        for index in 0..<array.count where isLost(array[index]) { array[index] = .nil }
        for index in 0..<nodes.count where !nodes[index].value.isNil {
            let isLost = isLost(nodes[index].key) || isLost(nodes[index].value)
            if isLost { nodes[index].value = .nil }
        }
    }

    /// Whether an object goes with this collection; a string is marked instead.
    private mutating func isLost(_ value: Value) -> Bool {
        if value.isString { mark(value) }
        let handle = value.payload
        if value.isTable { return !tables.isMarked(handle) }
        if value.isClosure { return !closures.isMarked(handle) }
        if value.isThread { return !threads.isMarked(handle) }
        return value.isNative && handle != 0 && !tables.isMarked(handle &- 1)
    }
}
