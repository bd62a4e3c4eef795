// How recently or how often keys are used, in the 16 bits that an entry has for it. For recency there are two scales:
//
//     0 … 49151        a tick of the ring: fine, and soon over
//     49152 … 65535    a quarter of an hour, for what was used before the ring remembers: half a year
//
// A tick is a second, or less where a cache turns over faster than that (`AccessTicks`). Old ticks would seem new when
// the ring has gone round; a walk puts them on the coarse scale before that (`Keyspace+AccessMarks`). With an LFU
// policy a mark is 8 bits of minutes, or of several, and an 8-bit counter that grows ever more slowly. `HitDensity` has
// marks of its own.

/// The clock that entries are marked with.
struct AccessClock {
    /// What a key used now is marked with: the tick.
    private(set) var reading: UInt16 = 0
    private(set) var ticks: AccessTicks
    /// The unit in which decay is counted.
    private var unit: UInt8 = 0
    /// Recency is kept, and nobody has asked not to keep it: the common case, and one test.
    private(set) var isPlain = true

    /// Eviction goes by frequency of use instead of recency.
    var countsFrequency = false { didSet { notePlainness() } }
    /// Eviction goes by hit density, which keeps marks of its own; `show` says with which keys begin.
    var countsDensity = false { didSet { notePlainness() } }
    /// Uses leave no trace, as CLIENT NO-TOUCH asks.
    var isStopped = false { didSet { notePlainness() } }
    /// `lfu-log-factor`, `lfu-decay-time`
    var logarithmFactor = 10
    var decayMinutes = 1 { didSet { noteUnit() } }

    static let initialCount: UInt16 = 5
    /// Where the coarse scale begins, and how long one of its units is.
    private static let coarse: UInt16 = 49_152, coarseSeconds: Int64 = 900, coarseCount: Int64 = 16_384

    init(now: Int64) {
        ticks = AccessTicks(second: now / 1000)
        reading = ticks.slot
        noteUnit()
    }

    mutating func advance(to now: Int64) {
        let second = now / 1000
        if _fastPath(second == ticks.second) { return }
        ticks.advance(to: second)
        if !countsDensity { reading = ticks.slot }
        noteUnit()
    }

    /// Less than a second has passed, and much has happened: what is used from now on is newer.
    mutating func tick() {
        if countsDensity { return }
        ticks.tick()
        reading = ticks.slot
    }

    /// Decay is counted in minutes, or in larger units if it is slow: 8 bits shall last for several steps of it.
    private var minutesPerUnit: Int64 { max(1, (Int64(decayMinutes) + 31) / 32) }
    private mutating func noteUnit() { unit = UInt8(truncatingIfNeeded: ticks.second / 60 / minutesPerUnit) }

    private mutating func notePlainness() { isPlain = !countsUses && !isStopped }

    /// Marks say how often keys are used.
    var countsUses: Bool { countsFrequency || countsDensity }

    /// A key used now is marked with this.
    @inline(__always) mutating func show(_ reading: UInt16) { self.reading = reading }

    /// Recency is kept again.
    mutating func showTicks() { reading = ticks.slot }

    /// The mark of a new key.
    @inline(__always) var birthMark: UInt16 {
        _fastPath(!countsFrequency) ? reading : UInt16(unit) << 8 | AccessClock.initialCount
    }

    // MARK: Recency

    /// The mark of a key that was used last so many seconds ago. More than it can tell apart is the most that it can.
    func mark(idleSeconds: Int64) -> UInt16 {
        if let slot = ticks.slot(secondsAgo: max(0, idleSeconds)) { return slot }
        return coarseMark(min(idleSeconds / AccessClock.coarseSeconds, AccessClock.oldest))
    }

    /// The highest age on the coarse scale; the rest is for those that the walk has not found yet.
    private static let oldest = coarseCount - 1024

    private func coarseMark(_ age: Int64) -> UInt16 {
        let now = ticks.second / AccessClock.coarseSeconds
        return AccessClock.coarse + UInt16(truncatingIfNeeded: (now &- age) & (AccessClock.coarseCount - 1))
    }

    private func coarseAge(_ mark: UInt16) -> Int64 {
        let now = ticks.second / AccessClock.coarseSeconds
        return (now &- Int64(mark - AccessClock.coarse)) & (AccessClock.coarseCount - 1)
    }

    /// When the entry was used last: the less, the longer ago.
    @inline(__always) func lastUse(of entry: Entry) -> Int64 {
        let mark = entry.accessClock
        if _slowPath(mark >= AccessClock.coarse) {
            return Int64.min / 2 + ticks.second / AccessClock.coarseSeconds - coarseAge(mark)
        }
        return ticks.number(of: mark)
    }

    /// Seconds since the last use: about that for what was used long ago.
    func idleSeconds(of entry: Entry) -> Int {
        let mark = entry.accessClock
        if mark < AccessClock.coarse { return Int(max(0, ticks.second - ticks.second(of: mark))) }
        // Up to the middle of its unit.
        let into = ticks.second % AccessClock.coarseSeconds
        return Int(max(0, coarseAge(mark) * AccessClock.coarseSeconds + into - AccessClock.coarseSeconds / 2))
    }

    // MARK: Frequency

    /// The mark of a key with this counter.
    func mark(frequency: UInt8) -> UInt16 {
        countsDensity ? reading | UInt16(min(3, frequency)) : UInt16(unit) << 8 | UInt16(frequency)
    }

    /// A counter that grows ever more slowly, as Redis has it for LFU.
    @inline(never) func countUse(of entry: Entry, _ heap: Heap) {
        if isStopped { return }
        var uses = frequency(of: entry)
        if uses < 255 {
            let base = max(0, uses - Int(AccessClock.initialCount))
            let bound = base.multipliedReportingOverflow(by: max(0, logarithmFactor)).partialValue
            if heap.random(below: max(1, bound &+ 1)) == 0 { uses += 1 }
        }
        entry.accessClock = UInt16(unit) << 8 | UInt16(uses)
    }

    /// The counter after what it has lost since its last use.
    func frequency(of entry: Entry) -> Int {
        let mark = entry.accessClock
        let elapsed = Int64(unit &- UInt8(mark >> 8)) * minutesPerUnit
        return max(0, Int(mark & 0xFF) - (decayMinutes > 0 ? Int(elapsed) / decayMinutes : 0))
    }

    /// How often the entry is used; of two that are equal in this, the one comes first that was used longer ago.
    @inline(__always) func rankByFrequency(of entry: Entry) -> Int64 {
        let elapsed = unit &- UInt8(truncatingIfNeeded: entry.accessClock >> 8)
        return Int64(frequency(of: entry)) << 8 | Int64(255 - elapsed)
    }

    // MARK: Marks that grow old

    /// Every mark must be renewed within so many seconds, or so many ticks.
    static let longestWalk = 8192

    /// The counter as it is now, and that part of the time which has taken nothing from it yet.
    private func decayedMark(of entry: Entry) -> UInt16 {
        let elapsed = Int64(unit &- UInt8(entry.accessClock >> 8)) * minutesPerUnit
        let rest = decayMinutes > 0 ? elapsed % Int64(decayMinutes) / minutesPerUnit : 0
        return UInt16(unit &- UInt8(truncatingIfNeeded: rest)) << 8 | UInt16(frequency(of: entry))
    }

    /// Puts a mark on the coarse scale, or counts its decay, before it seems to be a new one.
    @inline(__always) func renewMark(of entry: Entry) {
        let mark = entry.accessClock
        if countsFrequency {
            if unit &- UInt8(mark >> 8) > 64 { entry.accessClock = decayedMark(of: entry) }
        } else if mark >= AccessClock.coarse {
            if coarseAge(mark) > AccessClock.oldest { entry.accessClock = coarseMark(AccessClock.oldest) }
        } else if ticks.age(of: mark) > AccessTicks.mostAge {
            let age = max(0, ticks.second - ticks.second(of: mark)) / AccessClock.coarseSeconds
            entry.accessClock = coarseMark(min(age, AccessClock.oldest))
        }
    }
}
