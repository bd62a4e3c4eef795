// What nobody asks for and has to be done nevertheless, in bounded steps: ending keys whose time has come, and giving
// back the memory of what was removed.

extension Keyspace {
    /// Ends keys whose time has come, at most `budget` of them. True if more are due.
    @discardableResult
    mutating func expireDueKeys(budget: Int) -> Bool {
        guard expiresActively, !expiryIsPaused else { return false }
        let before = selected
        var rest = budget
        for index in 0..<databases.count {
            select(index)
            // A key lives through the whole millisecond that it names.
            while rest > 0, let entry = databases.current.wheel.popDue(at: now - 1) {
                rest -= 1
                let hash = hash(entry.key)
                guard let place = databases.current.shards[hash].find(entry.key, hash) else { continue }
                willChange(hash)
                databases.current.shards.remove(place, hash)
                finishExpiry(entry, hash)
            }
        }
        select(before)
        return rest == 0
    }

    /// Frees a value at once if that is little work, and else bit by bit.
    @inline(never) mutating func dispose(_ value: StoredValue) {
        var value = value
        var budget = 64
        if !value.free(budget: &budget, to: heap) { removedValues.append(value) }
    }

    /// Gives back memory of what was removed; one unit of budget is about one block. True if more is left to do.
    @discardableResult
    mutating func freeSome(budget: Int) -> Bool {
        var rest = budget
        while rest > 0, var value = removedValues.popLast() {
            if !value.free(budget: &rest, to: heap) { removedValues.append(value) }
        }
        while rest > 0, let shard = databases.takeRemovedShard() {
            shard.forEach { entry in
                rest -= 1
                dispose(entry)
            }
            shard.free(to: heap)
        }
        return !removedValues.isEmpty || databases.hasRemoved
    }
}
