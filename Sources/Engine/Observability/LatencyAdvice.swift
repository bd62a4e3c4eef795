// LATENCY DOCTOR: what the latency monitor has seen, and what may be done about it, in Redis's words.

internal import Platform

/// Something that may help, in the order in which the report gives it.
enum LatencyAdvice: CaseIterable {
    case enableSlowLog, tuneSlowLog, inspectSlowLog, scheduler
    case localDisk, fastDisk, writeback, diskContention, noSyncWhileSaving, relaxedSync, writeLoad
    case frequency, largeObjects, massEviction

    fileprivate func text(thresholdMilliseconds: Int) -> String {
        let (microseconds, _) = thresholdMilliseconds.multipliedReportingOverflow(by: 1000)
        return switch self {
        case .enableSlowLog:
            """
            - There are latency issues with potentially slow commands you are using. Try to enable the Slow Log Redis \
            feature using the command 'CONFIG SET slowlog-log-slower-than \(microseconds)'. If the Slow log is \
            disabled Redis is not able to log slow commands execution for you.
            """
        case .tuneSlowLog:
            """
            - Your current Slow Log configuration only logs events that are slower than your configured latency \
            monitor threshold. Please use 'CONFIG SET slowlog-log-slower-than \(microseconds)'.
            """
        case .inspectSlowLog:
            """
            - Check your Slow Log to understand what are the commands you are running which are too slow to execute. \
            Please check https://redis.io/commands/slowlog for more information.
            """
        case .scheduler: LatencyAdvice.schedulerText
        case .localDisk, .fastDisk, .writeback, .diskContention, .noSyncWhileSaving, .relaxedSync, .writeLoad: diskText
        case .frequency:
            """
            - In order to make the Redis keys expiring process more incremental, try to set the 'hz' configuration \
            parameter to 100 using 'CONFIG SET hz 100'.
            """
        case .largeObjects:
            """
            - Deleting, expiring or evicting (because of maxmemory policy) large objects is a blocking operation. If \
            you have very large objects that are often deleted, expired, or evicted, try to fragment those objects \
            into multiple smaller objects.
            """
        case .massEviction:
            """
            - Sudden changes to the 'maxmemory' setting via 'CONFIG SET', or allocation of large objects via sets or \
            sorted sets intersections, STORE option of SORT, Redis Cluster large keys migrations (RESTORE command), \
            may create sudden memory pressure forcing the server to block trying to evict keys.\u{20}
            """
        }
    }

    private var diskText: String {
        switch self {
        case .localDisk:
            """
            - It is strongly advised to use local disks for persistence, especially if you are using AOF. Remote disks \
            provided by platform-as-a-service providers are known to be slow.
            """
        case .fastDisk:
            """
            - SSD disks are able to reduce fsync latency, and total time needed for snapshotting and AOF log rewriting \
            (resulting in smaller memory usage). With extremely high write load SSD disks can be a good option. \
            However Redis should perform reasonably with high load using normal disks. Use this advice as a last resort.
            """
        case .writeback:
            """
            - Mounting ext3/4 filesystems with data=writeback can provide a performance boost compared to \
            data=ordered, however this mode of operation provides less guarantees, and sometimes it can happen that \
            after a hard crash the AOF file will have a half-written command at the end and will require to be \
            repaired before Redis restarts.
            """
        case .diskContention:
            """
            - Try to lower the disk contention. This is often caused by other disk intensive processes running in the \
            same computer (including other Redis instances).
            """
        case .noSyncWhileSaving:
            """
            - Assuming from the point of view of data safety this is viable in your environment, you could try to \
            enable the 'no-appendfsync-on-rewrite' option, so that fsync will not be performed while there is a child \
            rewriting the AOF file or producing an RDB file (the moment where there is high disk contention).
            """
        case .relaxedSync:
            """
            - Your fsync policy is set to 'always'. It is very hard to get good performances with such a setup, if \
            possible try to relax the fsync policy to 'onesec'.
            """
        default:
            """
            - Latency during the AOF atomic rename operation or when the final difference is flushed to the AOF file \
            at the end of the rewrite, sometimes is caused by very high write load, causing the AOF buffer to get very \
            large. If possible try to send less commands to accomplish the same work, or use Lua scripts to group \
            multiple operations into a single EVALSHA call.
            """
        }
    }

    private static let schedulerText = """
        - The system is slow to execute Redis code paths not containing system calls. This usually means the system \
        does not provide Redis CPU time to run for long periods. You should try to:
          1) Lower the system load.
          2) Use a computer / VM just for Redis if you are running other software in the same system.
          3) Check if you have a "noisy neighbour" problem.
          4) Check with 'redis-cli --intrinsic-latency 100' what is the intrinsic latency in your system.
          5) Check if the problem is allocator-related by recompiling Redis with MALLOC=libc, if you are using \
        Jemalloc. However this may create fragmentation problems.
        """
}

extension LatencySeries {
    /// `command: 3 latency spikes (average 4ms, mean deviation 1ms, period 20.00 sec). Worst all time event 6ms.`
    fileprivate func summary(of event: LatencyEvent, at now: Int64) -> String {
        let count = max(1, samples.count)
        let mean = samples.reduce(0) { $0 + $1.milliseconds } / count
        let deviation = samples.reduce(0) { $0 + abs($1.milliseconds - mean) } / count
        let period = max(1, now - (samples.first?.time ?? now))
        return
            "\(event.rawValue): \(samples.count) latency spikes (average \(mean)ms, mean deviation \(deviation)ms, "
            + "period \((Double(period) / Double(count)).text(digits: 2)) sec). "
            + "Worst all time event \(longestMilliseconds)ms."
    }
}

extension CommandContext {
    /// What the samples say, for a person.
    var latencyAdvice: String {
        let threshold = settings.latencyMonitorThresholdMilliseconds
        let series = observation.latency.series.sorted { $0.key.rawValue < $1.key.rawValue }
        if series.isEmpty {
            return threshold > 0 ? CommandContext.nothingSeen : CommandContext.nobodyLooks
        }
        var text =
            "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you "
            + "Dave?\n\n"
        var advices: Set<LatencyAdvice> = []
        for (index, (event, series)) in series.enumerated() {
            text += "\(index + 1). \(series.summary(of: event, at: now / 1000))\n"
            advices.formUnion(event.advices)
            if event == .command { advices.formUnion(adviceOnSlowLog) }
        }
        if advices.isEmpty {
            return text
                + "\nWhile there are latency events logged, I'm not able to suggest any easy fix. Please use the "
                + "Redis community to get some help, providing this report in your help request.\n"
        }
        if settings.ticksPerSecond >= 100 { advices.remove(.frequency) }
        if settings.appendSync != .always { advices.remove(.relaxedSync) }
        text += "\nI have a few advices for you:\n\n"
        for advice in LatencyAdvice.allCases where advices.contains(advice) {
            text += advice.text(thresholdMilliseconds: threshold) + "\n"
        }
        return text
    }

    private var adviceOnSlowLog: Set<LatencyAdvice> {
        let microseconds = settings.slowLogThresholdMicroseconds
        if microseconds < 0 { return [.enableSlowLog] }
        return microseconds / 1000 > settings.latencyMonitorThresholdMilliseconds ? [.tuneSlowLog] : []
    }

    private static let nobodyLooks = """
        I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \
        "CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it. If we weren't in a deep \
        space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.

        """

    private static let nothingSeen = """
        Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. I \
        honestly think you ought to sit down calmly, take a stress pill, and think things over.

        """

    /// Keys have ended of their own accord since `start`; returns the ticks of now.
    @inline(never) mutating func noteExpiry(since start: UInt64, _ moreIsDue: Bool) -> UInt64 {
        noteLatency(of: .expireCycle, since: start)
        let end = Ticks.now
        observation.server.expiryNanoseconds &+= observation.nanoseconds(end &- start)
        if moreIsDue { observation.server.unfinishedExpiries += 1 }
        return end
    }

    /// Something other than a command has held the server up since `start`, perhaps for long.
    @inline(__always) mutating func noteLatency(of event: LatencyEvent, since start: UInt64) {
        if _slowPath(settings.latencyMonitorThresholdMilliseconds > 0) { noteLatencyNow(of: event, since: start) }
    }

    @inline(never) private mutating func noteLatencyNow(of event: LatencyEvent, since start: UInt64) {
        let milliseconds = Int(truncatingIfNeeded: observation.nanoseconds(Ticks.now &- start) / 1_000_000)
        guard milliseconds >= settings.latencyMonitorThresholdMilliseconds else { return }
        observation.latency.add(event, milliseconds: milliseconds, at: now / 1000)
    }
}
