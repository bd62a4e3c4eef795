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

    /// How many keys of a database may go.
    @inline(__always) private func evictableCount(_ index: Int) -> Int {
        eviction.isForVolatileKeys ? databases[index].countWithDeadline : databases[index].count
    }

    /// Some database, the likelier the more keys of it may go; nil if there are none.
    private func databaseToSample() -> Int? {
        var total = 0
        for index in 0..<databases.count { total &+= evictableCount(index) }
        if total == evictableCount(selected) { return total > 0 ? selected : nil }
        var place = heap.random(below: max(1, total))
        for index in 0..<databases.count {
            place -= evictableCount(index)
            if place < 0 { return index }
        }
        return nil
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
        guard let index = databaseToSample() else { return false }
        var pool = eviction.pool
        defer { eviction.pool = pool }
        let (isForVolatileKeys, wanted) = (eviction.isForVolatileKeys, eviction.samples)
        // Where most keys are not meant, those that are would be met too rarely.
        if isForVolatileKeys, databases[index].countWithDeadline < databases[index].count / 4 {
            for _ in 0..<wanted {
                if let entry = databases[index].wheel.slots.randomItem(heap) { consider(entry, in: index, &pool) }
            }
            return true
        }
        var found = 0, visits = 0, hand = databases[index].hand
        while found < wanted, visits < wanted * 8 {
            visits += 1
            databases[index].shards.sample(at: &hand) { entry in
                if isForVolatileKeys, !entry.hasDeadline { return }
                consider(entry, in: index, &pool)
                found += 1
            }
        }
        databases[index].hand = hand
        return true
    }

    /// Looks at keys that end soonest, of all databases; false if there are none.
    private mutating func collectNearest() -> Bool {
        var pool = eviction.pool
        defer { eviction.pool = pool }
        // Many when there are no candidates left, for the wheel does not tell those of one slot apart; then only such
        // as have come in between.
        let worst = pool.worstRank ?? .max, limit = pool.worstRank == nil ? 512 : eviction.samples
        var hasFound = false
        for index in 0..<databases.count where databases[index].countWithDeadline > 0 {
            hasFound = true
            databases[index].wheel.sampleNearest(limit: limit) { entry in
                if entry.deadline < worst { consider(entry, in: index, &pool) }
            }
        }
        return hasFound
    }

    @inline(__always) private func consider(_ entry: Entry, in index: Int, _ pool: inout EvictionPool) {
        let rank: Int64
        switch eviction.order {
        case .recency?: rank = clock.lastUse(of: entry)
        case .frequency?: rank = clock.rankByFrequency(of: entry)
        case .density?: rank = worth(of: entry)
        default: rank = entry.deadline
        }
        guard pool.takes(rank) else { return }
        pool.insert(
            EvictionCandidate(
                rank: rank, hash: hash(entry.key), database: Int32(truncatingIfNeeded: index), mark: entry.accessClock))
    }

    /// False if there is no such key any more, or it has been used since.
    private mutating func evict(_ candidate: EvictionCandidate) -> Bool {
        let (order, isForVolatileKeys, keyHash) = (eviction.order, eviction.isForVolatileKeys, hash)
        let index = Int(candidate.database)
        let place = databases[index].shards[candidate.hash].find(candidate.hash) { entry in
            guard keyHash(entry.key) == candidate.hash else { return false }
            if isForVolatileKeys, !entry.hasDeadline { return false }
            return order == .deadline ? entry.deadline == candidate.rank : entry.accessClock == candidate.mark
        }
        guard let place else { return false }
        select(index)
        evict(place, candidate.hash)
        return true
    }

    // MARK: By chance

    private mutating func evictAny() -> Bool {
        guard let index = databaseToSample() else { return false }
        let victim: Entry?
        if eviction.isForVolatileKeys {
            victim = databases[index].wheel.slots.randomItem(heap)
        } else {
            victim = databases[index].shards.randomEntry(heap)
        }
        guard let victim else { return false }
        let hash = hash(victim.key)
        select(index)
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
