// The pairs of a table, one after the other, by position instead of by key: for natives that look through tables and
// run no Lua meanwhile, so that nothing changes on the way.

/// A place in a table, in the order of `next`.
struct TableWalk {
    private let table: UInt32
    private var place = 0

    init(_ table: Value) { self.table = table.payload }

    /// The pair here, and the walk goes behind it; nothing at the end. Empty places count as steps.
    @inline(__always)
    mutating func next(_ machine: inout Machine) throws(Raised) -> (key: Value, value: Value)? {
        let array = machine.heap.tables[table].array
        if place < array.count {
            let value = array[place]
            place &+= 1
            if place & 255 == 0 { try machine.spend(64) }
            if !value.isNil { return (Value(unboxed: Double(place)), value) }
        }
        return try nextBehindGap(&machine)
    }

    private mutating func nextBehindGap(_ machine: inout Machine) throws(Raised) -> (key: Value, value: Value)? {
        let (array, nodes) = (machine.heap.tables[table].array, machine.heap.tables[table].nodes)
        let start = place
        defer { place &+= 1 }
        while place < array.count {
            let value = array[place]
            if !value.isNil {
                try machine.spend((place &- start) &>> 3)
                return (Value(unboxed: Double(place &+ 1)), value)
            }
            place &+= 1
        }
        while place &- array.count < nodes.count {
            let node = nodes[place &- array.count]
            if !node.value.isNil {
                try machine.spend((place &- start) &>> 3 &+ 1)
                return (node.key, node.value)
            }
            place &+= 1
        }
        try machine.spend((place &- start) &>> 3)
        return nil
    }
}
