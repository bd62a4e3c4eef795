// What nobody asks for and has to be done nevertheless, in bounded steps: ending keys whose time has come, and giving
// back the memory of what was removed.

extension Keyspace {
    /// Ends keys whose time has come, at most about `budget` of them. True if more are due.
    @discardableResult
    @inline(__always) mutating func expireDueKeys(budget: Int) -> Bool {
        // A key lives through the whole millisecond that it names.
        if _fastPath(now <= nextExpiry) { return false }
        return expireDueKeysSlowly(budget)
    }

    @inline(never) private mutating func expireDueKeysSlowly(_ budget: Int) -> Bool {
        guard expiresActively, !expiryIsPaused, !holdsEverything else { return false }
        let before = selected
        var rest = budget, isBehind = false
        nextExpiry = .max
        for index in 0..<databases.count where databases[index].countWithDeadline > 0 {
            select(index)
            while rest > 0, expireBatch(&rest) {}
            isBehind = isBehind || databases.current.wheel.isBehind(now - 1)
            if databases.current.countWithDeadline > 0 {
                nextExpiry = min(nextExpiry, databases.current.wheel.nextEvent)
            }
        }
        select(before)
        return isBehind
    }

    /// Ends up to 64 keys of the selected database: all are asked for before the first is touched, for memory is slow.
    private mutating func expireBatch(_ budget: inout Int) -> Bool {
        var entries = InlineArray<64, UInt64>(repeating: 0), hashes = InlineArray<64, UInt64>(repeating: 0)
        var count = 0
        while count < min(64, budget), let entry = databases.current.wheel.popDue(at: now - 1, budget: &budget) {
            entry.prefetchHeader()
            entries[count] = entry.address
            count += 1
        }
        for index in 0..<count {
            hashes[index] = hash(Entry(address: entries[index]).key)
            _ = prefetchBucket(hashes[index])
        }
        for index in 0..<count {
            let (entry, hash) = (Entry(address: entries[index]), hashes[index])
            guard let place = databases.current.shards[hash].find(entry.key, hash) else { continue }
            willChange(entry.key, hash)
            databases.current.shards.remove(place, hash)
            finishExpiry(entry, hash)
            feed.endUnit()
        }
        budget -= count
        return count > 0
    }

    /// When `expireDueKeys` has something to do again, so that nobody needs to ask before; nil for never.
    var nextDeadline: Int64? {
        expiresActively && !expiryIsPaused && !holdsEverything && nextExpiry < .max ? nextExpiry + 1 : nil
    }

    /// Frees a value at once if that is little work, and else bit by bit.
    @inline(never) mutating func dispose(_ value: StoredValue) {
        if _slowPath(!readings.isEmpty), leaveToReaders(value) { return }
        if _slowPath(savedValues.isWatching), leaveToSnapshot(value) { return }
        var value = value
        var budget = 64
        if !value.free(budget: &budget, to: heap) { removedValues.append(value) }
    }

    /// Gives back memory of what was removed; one unit of budget is about one block. True if more is left to do.
    @discardableResult
    mutating func freeSome(budget: Int) -> Bool {
        if _fastPath(removedValues.isEmpty && !databases.hasRemovedToFree && !feed.trackedKeys.hasRetired) {
            return heap.trim(budget: 2)
        }
        let before = heap.used
        defer { removedMemory = databases.hasRemoved ? max(0, removedMemory - max(0, before - heap.used)) : 0 }
        var rest = budget
        while rest > 0, var value = removedValues.popLast() {
            if !value.free(budget: &rest, to: heap) { removedValues.append(value) }
        }
        while rest > 0, databases.hasRemovedToFree {
            guard let shard = databases.takeRemovedShard() else { break }
            shard.forEach { entry in
                rest -= 1
                dispose(entry)
            }
            shard.free(to: heap)
        }
        let hasForgottenKeys = feed.editTrackedKeys { $0.freeSome(budget: max(rest, 64)) }
        let hasUntrimmedMemory = heap.trim(budget: 2)
        return !removedValues.isEmpty || databases.hasRemovedToFree || hasForgottenKeys || hasUntrimmedMemory
    }
}
