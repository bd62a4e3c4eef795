// When sparse pages are emptied, and how hard: `activedefrag` looks once a second at what lies idle between blocks, and
// gives a round of defragmentation a share of the processor that follows from that, in slices of at most half a
// millisecond. With nothing to do it costs one look at some counters a second.

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
    /// Other background work that never ends must not keep this one from going on.
    static let longestDelayMilliseconds: Int64 = 100
    static let secondsBetweenRounds: Int64 = 10

    /// Percent of a processor; 0 while no round goes on.
    fileprivate(set) var effort = 0
    /// The next slice is due then.
    fileprivate(set) var dueTime: Int64 = 0
    fileprivate var nextLook: Int64 = 0
    fileprivate var startedAt: Int64 = 0
    /// What the last round left between blocks: so much more is a reason for another before the usual time.
    fileprivate var gapsLeft = 0
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
        guard settings.defragmentation.isOn || account.isLimited || defragmentation.isRunning else { return }
        guard now >= defragmentation.nextLook || defragmentation.nextLook - now > 1000 else { return }
        defragmentation.nextLook = now + 1000
        let usage = keyspace.heap.usage
        // What lies between blocks counts for no limit, but it may be what the container has no room for.
        let isTight = account.isLimited && usage.active > account.limit &+ account.limit / 8
        guard settings.defragmentation.isOn || isTight else { return keyspace.stopDefragmentation() }
        let gaps = max(0, usage.active - usage.allocated), percent = gaps * 100 / max(1, usage.allocated)
        if !defragmentation.isRunning {
            let ignored = isTight ? 1 << 20 : settings.defragmentation.ignoredBytes
            guard percent >= settings.defragmentation.lowerThreshold, gaps >= ignored else { return }
            if !isTight, now < defragmentation.nextRound,
                gaps < defragmentation.gapsLeft + max(defragmentation.gapsLeft / 8, 1 << 20)
            {
                return
            }
            defragmentation.startedAt = now
            defragmentation.dueTime = now
            keyspace.defragmentation.mostElementsAtOnce = settings.defragmentation.mostElementsAtOnce
            keyspace.beginDefragmentation(fewestPages: max(1, gaps / 8 / PageSupply.pageSize))
        }
        let effort = settings.defragmentation.effort(forPercent: isTight ? .max : percent)
        guard effort > defragmentation.effort else { return }
        defragmentation.effort = effort
        log.verbose("Starting active defrag, frag=\(percent)%, frag_bytes=\(gaps), cpu=\(effort)%")
    }

    /// A slice of the round that goes on, if one is due. `busy` means that clients have been served in this turn,
    /// `isUrgent` that other background work could not be finished in it.
    mutating func defragmentSome(busy: Bool, isUrgent: Bool) {
        guard now >= defragmentation.dueTime || defragmentation.dueTime - now > 1000 else { return }
        if isUrgent || isSaving || loading.isInForce,
            now - defragmentation.dueTime < DefragmentationPace.longestDelayMilliseconds
        {
            return
        }
        if isSaving || loading.isInForce { return defragmentation.dueTime = now + 100 }
        let slice =
            busy ? DefragmentationPace.longestSliceBesideClients : DefragmentationPace.longestSlice
        let start = Ticks.now
        let isOver = keyspace.defragment(until: start &+ slice &* Ticks.perMicrosecond)
        let microseconds = Int64((Ticks.now &- start) / Ticks.perMicrosecond)
        defragmentation.dueTime = now + (microseconds * 100 / Int64(defragmentation.effort) + 500) / 1000
        if isOver { endDefragmentation() }
    }

    private mutating func endDefragmentation() {
        let usage = keyspace.heap.usage, gaps = max(0, usage.active - usage.allocated)
        let milliseconds = max(0, now - defragmentation.startedAt), percent = gaps * 100 / max(1, usage.allocated)
        defragmentation.gapsLeft = gaps
        defragmentation.pastMilliseconds += milliseconds
        defragmentation.nextRound = now + DefragmentationPace.secondsBetweenRounds * 1000
        defragmentation.effort = 0
        log.verbose("Active defrag done in \(milliseconds)ms, frag=\(percent)%, frag_bytes=\(gaps)")
    }
}
