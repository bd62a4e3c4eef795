// What the server notes about its own work, and the dispatcher's hook: a command that took longer than `threshold`
// is looked at more closely. One comparison decides, whoever is interested: the slow log, the latency monitor, or a
// client that monitors (then nothing is too fast to be looked at).

internal import Platform

/// Statistics, the slow log, the latency monitor and monitoring clients.
struct Observation: ~Copyable {
    var server = ServerStatistics()
    var errors = ErrorStatistics()
    var slowLog = SlowLog()
    var latency = LatencyMonitor()
    var monitors: [ClientIdentifier] = []

    /// Commands that take at least so many ticks are looked at.
    private(set) var threshold = UInt64.max
    /// Whether calls go into histograms.
    private(set) var tracksLatency = true

    /// Nanoseconds per tick, times 2³².
    private let scale = (1000 << 32) / Ticks.perMicrosecond

    @inline(__always) func nanoseconds(_ ticks: UInt64) -> UInt64 {
        let (high, low) = ticks.multipliedFullWidth(by: scale)
        return high &<< 32 | low &>> 32
    }

    /// The settings of observation have changed, or the monitors.
    mutating func apply(_ settings: borrowing Settings) {
        tracksLatency = settings.tracksLatency
        var microseconds = Int.max
        if settings.slowLogThresholdMicroseconds >= 0 { microseconds = settings.slowLogThresholdMicroseconds }
        let milliseconds = settings.latencyMonitorThresholdMilliseconds
        if milliseconds > 0 { microseconds = min(microseconds, milliseconds.multipliedReportingOverflow(by: 1000).partialValue) }
        if !monitors.isEmpty { microseconds = 0 }
        let (ticks, overflows) = UInt64(max(0, microseconds)).multipliedReportingOverflow(by: Ticks.perMicrosecond)
        threshold = overflows ? .max : ticks
    }
}

extension CommandContext {
    /// A command has ended that somebody may want to know of.
    @inline(never) mutating func observe(_ row: Reference<CommandRow>, _ arguments: Arguments, _ ticks: UInt64) {
        let microseconds = Int(truncatingIfNeeded: observation.nanoseconds(ticks) / 1000)
        let latencyThreshold = settings.latencyMonitorThresholdMilliseconds
        if latencyThreshold > 0, microseconds / 1000 >= latencyThreshold {
            let event = row.value.flags.contains(.fast) ? LatencyEvent.fastCommand : .command
            observation.latency.add(event, milliseconds: microseconds / 1000, at: now / 1000)
        }
        let slowThreshold = settings.slowLogThresholdMicroseconds
        if slowThreshold >= 0, microseconds >= slowThreshold, !row.value.flags.contains(.skipSlowLog) {
            appendToSlowLog(arguments, microseconds)
        }
        if !observation.monitors.isEmpty, row.value.flags.isDisjoint(with: [.administration, .skipMonitor]) {
            feedMonitors(arguments)
        }
    }

    private mutating func appendToSlowLog(_ arguments: Arguments, _ microseconds: Int) {
        observation.slowLog.append(
            arguments, time: now / 1000, microseconds: microseconds, peer: peerName, clientName: clientName,
            limit: settings.slowLogLength)
    }
}
