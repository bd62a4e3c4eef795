// What must be true of a heap between any two calls; tests ask after each step.

extension Heap {
    /// The first thing found wrong, or nothing.
    /// - Complexity: O(n) in all that is in the heap
    func brokenInvariant() -> String? {
        if isPermanent, !remembered.isEmpty { return "permanent objects are remembered between scripts" }
        for handle in 0..<UInt32(tables.count) where tables.isPresent(handle) {
            if let fault = brokenInvariant(ofTable: handle) { return "table \(handle): \(fault)" }
        }
        var internedCount = 0
        for handle in 0..<UInt32(strings.count) where strings.isPresent(handle) && strings[handle].isTwin {
            let twin = strings[handle].hash
            if !strings.isPresent(twin) || !strings[twin].isInterned { return "string \(handle) has lost its twin" }
        }
        for handle in 0..<UInt32(strings.count) where strings.isPresent(handle) && strings[handle].isInterned {
            internedCount += 1
            let string = Value(tag: .string, payload: handle)
            let bytes = strings[handle].bytes
            let found = unsafe findInterned(bytes.start, bytes.count)
            if found?.bits != string.bits { return "string \(handle) is not the interned one" }
        }
        if internedCount != interned.count { return "\(interned.count) interned, \(internedCount) found" }
        if account.spare < 0 || account.spare > account.reserved { return "spare \(account.spare)" }
        return nil
    }

    /// Whether a value names something that is there.
    func isAlive(_ value: Value) -> Bool {
        let handle = value.payload
        if value.isString { return strings.isPresent(handle) }
        if value.isTable { return tables.isPresent(handle) }
        if value.isClosure { return closures.isPresent(handle) }
        if value.isNative { return handle == 0 || tables.isPresent(handle &- 1) }
        return !value.isThread || threads.isPresent(handle)
    }

    /// Every key is found from its main position, every chain ends, everything that is held is alive.
    private func brokenInvariant(ofTable handle: UInt32) -> String? {
        let table = tables[handle]
        if table.metatable != TableObject.noTable, !tables.isPresent(table.metatable) { return "dead metatable" }
        for index in 0..<table.array.count where !isAlive(table.array[index]) { return "dead element \(index)" }
        let count = table.nodes.count
        if count & (count - 1) != 0 || table.lastFree > count { return "\(count) nodes, \(table.lastFree) free" }
        for index in 0..<count where !table.nodes[index].value.isNil {
            let node = table.nodes[index]
            if !isAlive(node.key) || !isAlive(node.value) { return "dead pair \(index)" }
            if node.hash != hash(of: node.key) { return "wrong hash at \(index)" }
            if node.key.isString, !strings[node.key.payload].isInterned { return "key \(index) is not interned" }
            var place = table.mainPosition(of: node.key, hash: node.hash)
            var steps = 0
            while place != index {
                place = Int(table.nodes[place].next)
                steps += 1
                if place < 0 || steps > count { return "pair \(index) is not in its chain" }
            }
        }
        return nil
    }
}
