// How recently or how often keys are used, in the 16 bits that an entry has for it: seconds for recency, or, with an
// LFU policy, 8 bits of minutes and an 8-bit counter that grows ever more slowly.

/// The clock that entries are marked with.
struct AccessClock {
    /// What a key used now is marked with: seconds.
    private(set) var reading: UInt16
    private var minutes: UInt8
    private var seconds: Int64
    /// Recency is kept, and nobody has asked not to keep it: the common case, and one test.
    private(set) var isPlain = true

    /// Eviction goes by frequency of use instead of recency.
    var countsFrequency = false { didSet { isPlain = !countsFrequency && !isStopped } }
    /// Uses leave no trace, as CLIENT NO-TOUCH asks.
    var isStopped = false { didSet { isPlain = !countsFrequency && !isStopped } }
    /// `lfu-log-factor`, `lfu-decay-time`
    var logarithmFactor = 10, decayMinutes = 1

    static let initialCount: UInt16 = 5

    init(now: Int64) {
        (reading, minutes, seconds) = (0, 0, 0)
        advance(to: now)
    }

    mutating func advance(to now: Int64) {
        seconds = now / 1000
        reading = UInt16(truncatingIfNeeded: seconds)
        minutes = UInt8(truncatingIfNeeded: now / 60_000)
    }

    /// The mark of a new key.
    @inline(__always) var birthMark: UInt16 {
        _fastPath(!countsFrequency) ? reading : UInt16(minutes) << 8 | AccessClock.initialCount
    }

    /// The mark of a key that was used last so many seconds ago. More than it can tell apart is the most that it can.
    func mark(idleSeconds: Int64) -> UInt16 {
        reading &- UInt16(truncatingIfNeeded: min(max(0, idleSeconds), AccessClock.mostIdleSeconds))
    }

    private static let mostIdleSeconds: Int64 = 60_000

    /// The mark of a key with this counter.
    func mark(frequency: UInt8) -> UInt16 { UInt16(minutes) << 8 | UInt16(frequency) }

    /// A counter that grows ever more slowly, as Redis has it for LFU.
    @inline(never) func countUse(of entry: Entry, _ heap: Heap) {
        if isStopped { return }
        var uses = frequency(of: entry)
        if uses < 255 {
            let base = max(0, uses - Int(AccessClock.initialCount))
            let bound = base.multipliedReportingOverflow(by: max(0, logarithmFactor)).partialValue
            if heap.random(below: max(1, bound &+ 1)) == 0 { uses += 1 }
        }
        entry.accessClock = UInt16(minutes) << 8 | UInt16(uses)
    }

    /// The counter after what it has lost since its last use.
    func frequency(of entry: Entry) -> Int {
        let mark = entry.accessClock
        let elapsed = Int(minutes &- UInt8(mark >> 8))
        return max(0, Int(mark & 0xFF) - (decayMinutes > 0 ? elapsed / decayMinutes : 0))
    }

    /// When the entry was used last: the less, the longer ago.
    @inline(__always) func lastUse(of entry: Entry) -> Int64 { seconds &- Int64(reading &- entry.accessClock) }

    /// How often the entry is used; of two that are equal in this, the one comes first that was used longer ago.
    @inline(__always) func rankByFrequency(of entry: Entry) -> Int64 {
        let elapsed = minutes &- UInt8(truncatingIfNeeded: entry.accessClock >> 8)
        return Int64(frequency(of: entry)) << 8 | Int64(255 - elapsed)
    }

    /// Seconds since the last use, up to 18 hours.
    func idleSeconds(of entry: Entry) -> Int { Int(reading &- entry.accessClock) }
}
