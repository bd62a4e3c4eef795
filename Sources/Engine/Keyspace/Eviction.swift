// Which keys go when there is no room. Victims are looked for among some keys of all databases: a hand goes round the
// buckets of each, in hash order, which has nothing to do with age, so that every key is looked at once in a round and
// none is forgotten. The best of those met are kept for the next time. Where only few keys have a deadline and others
// are not meant, the wheel names some by chance.

/// How victims are chosen, and the candidates.
struct Eviction {
    private(set) var order: EvictionOrder?
    private(set) var isForVolatileKeys = false
    /// There is a limit of memory.
    var isLimited = false
    /// Every key needs a mark of its own: then Redis shares no integers.
    var keepsMarks: Bool { isLimited && (order == .recency || order == .frequency) }
    /// How many keys are looked at for each victim, or about so many.
    private(set) var samples = 5

    fileprivate var pool = EvictionPool()

    /// More samples than that choose no better.
    private static let mostSamples = 1024

    init() {}

    mutating func apply(_ settings: borrowing Settings) {
        order = settings.maxMemoryPolicy.order
        isForVolatileKeys = settings.maxMemoryPolicy.isForVolatileKeys
        // Hit density tells keys apart by more than one thing, and is worth a closer look.
        let wanted = order == .density ? 2 * settings.evictionSamples : settings.evictionSamples
        samples = min(wanted, Eviction.mostSamples)
        pool.removeAll()
    }
}

extension Keyspace {
    /// Removes the key that matters least, of any database; false if there is none that may go. The selected database
    /// may be another one then.
    mutating func evict() -> Bool {
        switch eviction.order {
        case .recency?, .frequency?, .density?: evictBestCandidate { $0.collectSamples() }
        case .deadline?: evictBestCandidate { $0.collectNearest() }
        case .chance?: evictAny()
        case nil: false
        }
    }

    /// Selects some database, the likelier the more keys of it may go; false if there are none.
    private mutating func selectDatabaseToSample() -> Bool {
        let endingOnly = eviction.isForVolatileKeys
        var total = 0
        for index in 0..<databases.count { total &+= databases.keyCount(index, endingOnly: endingOnly) }
        if total == databases.keyCount(selected, endingOnly: endingOnly) { return total > 0 }
        var place = heap.random(below: max(1, total))
        for index in 0..<databases.count {
            place -= databases.keyCount(index, endingOnly: endingOnly)
            if place >= 0 { continue }
            select(index)
            return true
        }
        return false
    }

    // MARK: By rank

    private mutating func evictBestCandidate(_ collect: (inout Keyspace) -> Bool) -> Bool {
        while collect(&self) {
            while let candidate = eviction.pool.popFirst() { if evict(candidate) { return true } }
        }
        return false
    }

    /// Looks at some keys; false if there are none.
    private mutating func collectSamples() -> Bool {
        guard selectDatabaseToSample() else { return false }
        let (isForVolatileKeys, wanted) = (eviction.isForVolatileKeys, eviction.samples)
        // Where most keys are not meant, those that are would be met too rarely.
        if isForVolatileKeys, countWithDeadline < count / 4 {
            considerByChance(below: .max)
            return true
        }
        var found = 0, visits = 0, hand = databases.current.hand
        while found < wanted, visits < wanted * 8 {
            visits += 1
            // One bucket, as numbers: what is shown must not be kept, and the pool is not the table's to change.
            var shown = InlineArray<8, UInt64>(repeating: 0), shownCount = 0
            databases.current.shards.sample(at: &hand) { entry in
                if isForVolatileKeys, !entry.hasDeadline { return }
                shown[shownCount] = entry.address
                shownCount += 1
            }
            for index in 0..<shownCount { consider(Entry(address: shown[index])) }
            found += shownCount
        }
        databases.current.hand = hand
        return true
    }

    /// Looks at keys with a deadline that the wheel of the selected database names.
    private mutating func considerByChance(below bound: Int64) {
        for _ in 0..<eviction.samples {
            guard let entry = databases.current.wheel.slots.randomItem(heap), rank(of: entry) < bound else { continue }
            consider(entry)
        }
    }

    /// Looks at keys that end soonest, of all databases; false if there are none.
    private mutating func collectNearest() -> Bool {
        // Many when there are no candidates left, for the wheel does not tell those of one slot apart; then only such
        // as have come in between.
        let worst = eviction.pool.worstRank ?? .max
        let limit = eviction.pool.worstRank == nil ? 512 : eviction.samples
        var hasFound = false
        for index in 0..<databases.count where databases.keyCount(index, endingOnly: true) > 0 {
            hasFound = true
            select(index)
            var pool = eviction.pool
            databases.current.wheel.sampleNearest(limit: limit) { entry in
                if entry.deadline < worst { consider(entry, in: &pool) }
            }
            eviction.pool = pool
            // Those that have been there longest need not be those of a far slot that end soonest.
            considerByChance(below: eviction.pool.worstRank ?? .max)
        }
        return hasFound
    }

    @inline(__always) private mutating func consider(_ entry: Entry) {
        let rank = rank(of: entry)
        if eviction.pool.takes(rank) { eviction.pool.insert(Keyspace.candidate(entry, rank, hash, selected)) }
    }

    @inline(__always) private func consider(_ entry: Entry, in pool: inout EvictionPool) {
        let rank = rank(of: entry)
        if pool.takes(rank) { pool.insert(Keyspace.candidate(entry, rank, hash, selected)) }
    }

    /// The smallest goes first.
    @inline(__always) private func rank(of entry: Entry) -> Int64 {
        switch eviction.order {
        case .recency?: clock.lastUse(of: entry)
        case .frequency?: clock.rankByFrequency(of: entry)
        case .density?: worth(of: entry)
        default: entry.deadline
        }
    }

    private static func candidate(_ entry: Entry, _ rank: Int64, _ hash: KeyHash, _ database: Int) -> EvictionCandidate
    {
        EvictionCandidate(
            rank: rank, hash: hash(entry.key), database: Int32(truncatingIfNeeded: database), mark: entry.accessClock)
    }

    /// False if there is no such key any more, or it has been used since.
    private mutating func evict(_ candidate: EvictionCandidate) -> Bool {
        let (order, isForVolatileKeys, keyHash) = (eviction.order, eviction.isForVolatileKeys, hash)
        select(Int(candidate.database))
        let place = databases.current.shards[candidate.hash].find(candidate.hash) { entry in
            guard keyHash(entry.key) == candidate.hash else { return false }
            if isForVolatileKeys, !entry.hasDeadline { return false }
            return order == .deadline ? entry.deadline == candidate.rank : entry.accessClock == candidate.mark
        }
        guard let place else { return false }
        evict(place, candidate.hash)
        return true
    }

    // MARK: By chance

    private mutating func evictAny() -> Bool {
        guard selectDatabaseToSample() else { return false }
        let victim: Entry?
        if eviction.isForVolatileKeys {
            victim = databases.current.wheel.slots.randomItem(heap)
        } else {
            victim = databases.current.shards.randomEntry(heap)
        }
        guard let victim else { return false }
        let hash = hash(victim.key)
        guard let place = databases.current.shards[hash].find(hash, where: { $0 == victim }) else { return false }
        evict(place, hash)
        return true
    }

    // MARK: The door

    /// Removes a key of the selected database for want of memory.
    private mutating func evict(_ place: Shard.Place, _ hash: UInt64) {
        let entry = place.entry
        willChange(entry.key, hash)
        detach(place, hash)
        if clock.countsDensity { remember(entry, hash) }
        evictedCount &+= 1
        noteEvictionForTicks()
        feed.keyEvicted(entry.key, hash)
        dispose(entry)
        feed.endUnit()
    }
}
