// Spikes: the moments at which something held the server up for longer than `latency-monitor-threshold`. LATENCY
// LATEST shows the last and the longest of each kind.

/// What can hold the server up, by the names that LATENCY shows.
enum LatencyEvent: String, CaseIterable {
    case command
    case fastCommand = "fast-command"
    case expireCycle = "expire-cycle"
    case evictionCycle = "eviction-cycle"
    case evictionRemoval = "eviction-del"
    case freeing = "lazyfree-cycle"
    case logWrite = "aof-write"
    case logWriteAlone = "aof-write-alone"
    case logWriteDuringSync = "aof-write-pending-fsync"
    case logWriteDuringSave = "aof-write-active-child"
    case logSync = "aof-fsync-always"
    case logSize = "aof-fstat"
    case logRename = "aof-rename"

    /// What can be done about it.
    var advices: Set<LatencyAdvice> {
        switch self {
        case .command: [.inspectSlowLog, .largeObjects]
        case .fastCommand: [.scheduler]
        case .expireCycle: [.frequency, .largeObjects]
        case .evictionCycle: [.massEviction]
        case .evictionRemoval: [.largeObjects]
        case .freeing, .logWrite: []
        case .logWriteAlone: [.localDisk, .fastDisk, .writeback]
        case .logWriteDuringSync: [.localDisk, .fastDisk, .writeback, .diskContention]
        case .logWriteDuringSave: [.fastDisk, .writeback, .noSyncWhileSaving]
        case .logSync: [.relaxedSync]
        case .logSize: [.localDisk, .diskContention]
        case .logRename: [.localDisk, .fastDisk, .writeback, .writeLoad]
        }
    }
}

/// The samples of one kind of event: one for each second at most, the newest 160.
struct LatencySeries {
    private static let mostSamples = 160

    private(set) var samples: [(time: Int64, milliseconds: Int)] = []
    private(set) var longestMilliseconds = 0

    /// `time` is in seconds since 1970.
    mutating func add(_ milliseconds: Int, at time: Int64) {
        longestMilliseconds = max(longestMilliseconds, milliseconds)
        if let last = samples.last, last.time == time {
            samples[samples.count - 1].milliseconds = max(last.milliseconds, milliseconds)
            return
        }
        if samples.count == LatencySeries.mostSamples { samples.removeFirst() }
        samples.append((time, milliseconds))
    }
}

/// The spikes of every kind.
struct LatencyMonitor {
    private(set) var series: [LatencyEvent: LatencySeries] = [:]

    func series(named name: Bytes) -> LatencySeries? { LatencyEvent(rawValue: name.text).flatMap { series[$0] } }

    mutating func add(_ event: LatencyEvent, milliseconds: Int, at time: Int64) {
        series[event, default: LatencySeries()].add(milliseconds, at: time)
    }

    /// False if there was nothing to forget.
    mutating func reset(_ event: LatencyEvent) -> Bool { series.removeValue(forKey: event) != nil }

    mutating func reset() -> Int {
        defer { series = [:] }
        return series.count
    }
}
