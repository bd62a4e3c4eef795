// When sparse pages are emptied, and how hard: `activedefrag` looks once a second at what lies idle between blocks, and
// gives a round of defragmentation a share of the processor that follows from that, in slices of at most half a
// millisecond. With nothing to do it costs one look at some counters a second.
// What lies idle counts for no limit, but with `maxmemory` the process has little room for it: beyond that, switched on
// or not, every turn does something about it, the more the less room is left; and beyond that keys go
// (`MemoryAccount`).

internal import Platform

/// The settings of defragmentation, as in Redis.
struct DefragmentationSettings: Sendable {
    var isOn = false
    /// Fewer bytes between blocks are left alone.
    var ignoredBytes = 100 << 20
    /// The percentages of bytes between blocks at which it begins, and at which it is hardest.
    var lowerThreshold = 10
    var upperThreshold = 100
    /// Percentages of a processor.
    var leastEffort = 1
    var greatestEffort = 25
    /// Values with more elements are moved in several steps.
    var mostElementsAtOnce = 1000

    /// The effort for so many percent of bytes between blocks.
    func effort(forPercent percent: Int) -> Int {
        let range = max(1, upperThreshold - lowerThreshold)
        let above = min(max(0, percent - lowerThreshold), range)
        let effort = leastEffort + (greatestEffort - leastEffort) * above / range
        return max(min(leastEffort, greatestEffort), min(max(leastEffort, greatestEffort), effort))
    }
}

/// How the rounds follow each other, and the slices in a round.
struct DefragmentationPace {
    /// The longest slice, in microseconds, and the longest while clients are being served.
    static let longestSlice: UInt64 = 400, longestSliceBesideClients: UInt64 = 200
    /// The longest where there is no room.
    static let longestSliceForRoom: UInt64 = 800
    /// Other background work that never ends must not keep this one from going on.
    static let longestDelayMilliseconds: Int64 = 100
    static let secondsBetweenRounds: Int64 = 10

    /// Percent of a processor; 0 while no round goes on.
    fileprivate(set) var effort = 0
    /// The next slice is due then.
    fileprivate(set) var dueTime: Int64 = 0
    fileprivate var nextLook: Int64 = 0
    fileprivate var startedAt: Int64 = 0
    /// The round goes on because there is no room, whatever the settings say.
    fileprivate var isNeeded = false
    fileprivate var nextNeededRound: Int64 = 0
    /// What the last round left between blocks: so much more is a reason for another before the usual time.
    fileprivate var gapsLeft = 0
    /// The most that lay between blocks while the round went on.
    fileprivate var mostGaps = 0
    /// The last round closed gaps, but keys made new ones behind its back: another one does not wait for the threshold.
    fileprivate var hasMissedGaps = false
    fileprivate var nextRound: Int64 = 0
    /// Of rounds that are over.
    fileprivate var pastMilliseconds: Int64 = 0

    var isRunning: Bool { effort > 0 }

    /// How long all rounds have taken, and the one that goes on.
    func milliseconds(at now: Int64) -> (total: Int64, current: Int64) {
        let current = isRunning ? max(0, now - startedAt) : 0
        return (pastMilliseconds + current, current)
    }

    mutating func forgetTimes(now: Int64) { (pastMilliseconds, startedAt) = (0, now) }
}

extension CommandContext {
    /// Once a second: is there enough between blocks for a round, or for more effort?
    mutating func considerDefragmentation() {
        guard settings.defragmentation.isOn || defragmentation.isRunning else { return }
        guard now >= defragmentation.nextLook || defragmentation.nextLook - now > 1000 else { return }
        defragmentation.nextLook = now + 1000
        if defragmentation.isNeeded { return }
        guard settings.defragmentation.isOn else { return keyspace.stopDefragmentation() }
        let usage = keyspace.heap.usage
        let gaps = usage.gaps, percent = usage.gapsPercent
        if !defragmentation.isRunning {
            guard isWorthwhile(percent, gaps, halfway: defragmentation.hasMissedGaps) else { return }
            if now < defragmentation.nextRound, !hasMoreGaps(gaps), !defragmentation.hasMissedGaps { return }
            beginDefragmentation(gaps)
        }
        defragmentation.mostGaps = max(defragmentation.mostGaps, gaps)
        let effort = settings.defragmentation.effort(forPercent: percent)
        guard effort > defragmentation.effort else { return }
        defragmentation.effort = effort
        log.verbose("Starting active defrag, frag=\(percent)%, frag_bytes=\(gaps), cpu=\(effort)%")
    }

    private func isWorthwhile(_ percent: Int, _ gaps: Int, halfway: Bool) -> Bool {
        percent >= settings.defragmentation.lowerThreshold / (halfway ? 2 : 1)
            && gaps >= settings.defragmentation.ignoredBytes
    }

    /// Clearly more than the last round has left.
    private func hasMoreGaps(_ gaps: Int) -> Bool {
        gaps >= defragmentation.gapsLeft + max(defragmentation.gapsLeft / 8, 1 << 20)
    }

    private mutating func beginDefragmentation(_ gaps: Int) {
        defragmentation.startedAt = now
        defragmentation.dueTime = now
        defragmentation.mostGaps = gaps
        keyspace.defragmentation.mostElementsAtOnce = settings.defragmentation.mostElementsAtOnce
        keyspace.beginDefragmentation(fewestPages: max(1, gaps / 8 / PageSupply.pageSize))
    }

    /// A round goes on, or there is no room for what lies between blocks.
    @inline(__always) var mayDefragment: Bool { defragmentation.isRunning || isCramped }

    /// Blocks and the gaps between them fill more than there is room for. Where the limit has become another one, keys
    /// go first, and what has been removed already is given back.
    @inline(__always) private var isCramped: Bool {
        _slowPath(keyspace.heap.occupied > account.roomForHeap) && memoryOverLimit <= account.margin
            && keyspace.removedMemory < keyspace.heap.occupied &- account.roomForHeap
    }

    /// A slice of the round that goes on, if one is due. `busy` means that clients have been served in this turn,
    /// `isUrgent` that other background work could not be finished in it.
    mutating func defragmentSome(busy: Bool, isUrgent: Bool) {
        if loading.isInForce { return defragmentation.dueTime = now + 100 }
        if isCramped { return defragmentForRoom() }
        guard now >= defragmentation.dueTime || defragmentation.dueTime - now > 1000 else { return }
        if isUrgent || isSaving, now - defragmentation.dueTime < DefragmentationPace.longestDelayMilliseconds { return }
        if isSaving { return defragmentation.dueTime = now + 100 }
        defragment(for: busy ? DefragmentationPace.longestSliceBesideClients : DefragmentationPace.longestSlice)
    }

    /// Begins a round, if another one may have left something, and goes on with it: longer, the less room there is.
    private mutating func defragmentForRoom() {
        if !defragmentation.isRunning {
            let usage = keyspace.heap.usage, gaps = usage.gaps
            let isTooSoon = now < defragmentation.nextNeededRound && defragmentation.nextNeededRound - now <= 1000
            guard gaps >= 1 << 20, !isTooSoon || hasMoreGaps(gaps) else { return }
            log.verbose("Starting active defrag for want of room, frag=\(usage.gapsPercent)%, frag_bytes=\(gaps)")
            beginDefragmentation(gaps)
        }
        defragmentation.isNeeded = true
        defragmentation.effort = max(defragmentation.effort, settings.defragmentation.greatestEffort, 1)
        let shortest = DefragmentationPace.longestSliceBesideClients, longest = DefragmentationPace.longestSliceForRoom
        let beyond = UInt64(max(0, keyspace.heap.occupied &- account.roomForHeap))
        let share = min(1, Double(beyond) / Double(max(1, account.margin)))
        defragment(for: shortest + UInt64(Double(longest - shortest) * share))
    }

    private mutating func defragment(for slice: UInt64) {
        let start = Ticks.now
        let isOver = keyspace.defragment(until: start &+ slice &* Ticks.perMicrosecond)
        let microseconds = Int64((Ticks.now &- start) / Ticks.perMicrosecond)
        defragmentation.dueTime = now + (microseconds * 100 / Int64(max(1, defragmentation.effort)) + 500) / 1000
        if isOver { endDefragmentation() }
    }

    private mutating func endDefragmentation() {
        let usage = keyspace.heap.usage, gaps = usage.gaps, percent = usage.gapsPercent
        let milliseconds = max(0, now - defragmentation.startedAt)
        defragmentation.gapsLeft = gaps
        // Each such round closes a quarter at least, so that they come to an end.
        defragmentation.hasMissedGaps =
            isWorthwhile(percent, gaps, halfway: true) && gaps < defragmentation.mostGaps / 4 * 3
        defragmentation.pastMilliseconds += milliseconds
        defragmentation.nextRound = now + DefragmentationPace.secondsBetweenRounds * 1000
        defragmentation.nextNeededRound = now + 1000
        defragmentation.isNeeded = false
        defragmentation.effort = 0
        log.verbose("Active defrag done in \(milliseconds)ms, frag=\(percent)%, frag_bytes=\(gaps)")
    }
}
