// The ticks of a cache that turns over fast, and the walk that keeps old marks from seeming new: a few entries for
// each tick, in hash order, database after database.

/// How far the walk has come, and what has happened since the last tick.
struct AccessMarkWalk {
    fileprivate var database = 0
    fileprivate var place: UInt64 = 0
    /// Ticks that have been walked for.
    fileprivate var walkedTick: Int64 = .min
    /// Changes at the last tick, and evictions that are left until the next.
    fileprivate var changesAtTick = 0
    fileprivate var evictionsLeft = 0
    /// A turnover of the cache has so many ticks, or about that.
    fileprivate static let ticksPerTurnover = 1024
}

extension Keyspace {
    /// A new turn: ticks for what was changed, and a stretch of the walk for ticks.
    @inline(__always) mutating func tendAccessMarks() {
        if eviction.order == .recency, eviction.isLimited { tickForChanges() }
        if _slowPath(clock.ticks.number != markWalk.walkedTick) { walkMarks() }
    }

    /// While the cache fills up nothing is evicted, and yet there are older keys and newer ones.
    private mutating func tickForChanges() {
        let changes = feed.changeCount &- markWalk.changesAtTick
        if changes >= max(16, count / AccessMarkWalk.ticksPerTurnover) { tickNow() }
    }

    private mutating func tickNow() {
        clock.tick()
        // A hand that met every key in turn would find the very oldest, and of a loop that does not fit keep nothing.
        databases.current.hand = heap.random()
        markWalk.changesAtTick = feed.changeCount
        markWalk.evictionsLeft = max(1, databases.current.count / AccessMarkWalk.ticksPerTurnover)
    }

    /// A key has been evicted: with so many that are gone, what is used from now on is newer.
    @inline(__always) mutating func noteEvictionForTicks() {
        markWalk.evictionsLeft &-= 1
        if markWalk.evictionsLeft < 0, eviction.order == .recency { tickNow() }
    }

    @inline(never) private mutating func walkMarks() {
        let ticks = clock.ticks.number &- markWalk.walkedTick
        let isFirst = markWalk.walkedTick == .min
        markWalk.walkedTick = clock.ticks.number
        // Marks of hit density are no ticks of this clock.
        if isFirst || clock.countsDensity { return }
        let keys = databases.keyCount
        // With frequencies the units are longer, and there are fewer of them.
        let perTick = keys / (AccessClock.longestWalk / 4) + 1
        var left = min(keys, Int(clamping: ticks.multipliedReportingOverflow(by: Int64(perTick)).partialValue))
        // Buckets that are empty are work, too.
        var visits = left * 2 + 8
        let clock = clock
        while left > 0, visits > 0 {
            if databases[markWalk.database].count == 0 {
                enterNextDatabase()
                visits -= 8
                continue
            }
            visits -= 1
            databases[markWalk.database].shards.sample(at: &markWalk.place) { entry in
                clock.renewMark(of: entry)
                left -= 1
            }
            if markWalk.place == 0 { enterNextDatabase() }
        }
    }

    private mutating func enterNextDatabase() {
        markWalk.database = markWalk.database + 1 < databases.count ? markWalk.database + 1 : 0
        markWalk.place = 0
    }
}
