// What nobody asks for and has to be done nevertheless, in bounded steps: ending keys whose time has come. Giving back
// the memory of what was removed is in `RemovedValues.swift`.

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
        for index in 0..<databases.count
        where databases[index].countWithDeadline > 0 || databases[index].countWithFieldDeadlines > 0 {
            select(index)
            isBehind = expireDueFields(&rest) || isBehind
            while rest > 0, expireBatch(&rest) {}
            isBehind = isBehind || databases.current.wheel.isBehind(now - 1)
            if databases.current.countWithDeadline > 0 {
                nextExpiry = min(nextExpiry, databases.current.wheel.nextEvent)
            }
        }
        select(before)
        if !isBehind { hasDueFields = false }
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
            databases.current.sizes.remove(slot(of: entry))
            if entry.hasFieldDeadlines { stopTimingFields(of: entry) }
            databases.current.shards.remove(place, hash)
            finishExpiry(entry, hash)
            feed.endUnit()
        }
        budget -= count
        return count > 0
    }

    /// Ends the key if its time has come, even while that waits for others.
    mutating func endIfDue(_ key: Key) { _ = find(key.bytes, hash(of: key)) }

    /// Whether the key has a time to live, be that over or not.
    mutating func hasTimeToLive(_ key: Key) -> Bool {
        let hash = hash(of: key)
        return databases.current.shards[hash].find(key.bytes, hash)?.entry.hasDeadline == true
    }

    /// When `expireDueKeys` has something to do again, so that nobody needs to ask before; nil for never.
    var nextDeadline: Int64? {
        expiresActively && !expiryIsPaused && !holdsEverything && nextExpiry < .max ? nextExpiry + 1 : nil
    }
}
