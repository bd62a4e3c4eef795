// What the server notes about its own work, and the dispatcher's hook: a command that took longer than `threshold`
// is looked at more closely. One comparison decides, whoever is interested: the slow log, the latency monitor, or a
// client that monitors (then nothing is too fast to be looked at).

internal import Platform

/// Statistics, the slow log, the latency monitor and monitoring clients.
struct Observation: ~Copyable {
    var server = ServerStatistics()
    var errors = ErrorStatistics()
    var slowLog = SlowLog()
    var largeRequests = SlowLog()
    var largeReplies = SlowLog()
    var latency = LatencyMonitor()
    var monitors: [ClientIdentifier] = []

    /// Commands that take at least so many ticks are looked at.
    private(set) var threshold = UInt64.max
    /// Requests and replies of so many bytes are looked at.
    private(set) var requestThreshold = Int.max
    private(set) var replyThreshold = Observation.never
    private static let never = Int.max >> 2
    /// Whether calls go into histograms.
    private(set) var tracksLatency = true

    /// Nanoseconds per tick, times 2³².
    private var scale = (1000 << 32) / Ticks.perMicrosecond
    /// What both clocks said at the beginning.
    private let firstReading = Ticks.reading()

    /// When the server started, in milliseconds since 1970.
    var startedAt: Int64 = 0
    /// Names this run of the server.
    let runIdentifier = Observation.randomIdentifier()
    /// What the server used before anybody came.
    var startupMemory = 0
    let startupResident = ProcessUsage.residentMemory
    private(set) var peakMemory = 0

    /// When the turn began: in microseconds since 1970, and in ticks.
    private(set) var turnTime: Int64 = 0
    private(set) var turnTicks: UInt64 = 0
    /// The processor time of the thread then, while somebody may want to know: nil at other times, for asking has a
    /// price.
    private var threadTime: Int64?
    /// Until then somebody wants to know, in microseconds since 1970.
    private var watchEnd: Int64 = 0
    /// And whether a snapshot is being taken, or memory defragmented.
    private var isSaving = false
    private var isDefragmenting = false

    /// Forty digits, as Redis identifies runs.
    static func randomIdentifier() -> String {
        var text = ""
        for _ in 0..<40 { text += String(Int.random(in: 0..<16), radix: 16) }
        return text
    }

    mutating func notePeak(_ used: Int) { peakMemory = max(peakMemory, used) }

    // MARK: Turns

    mutating func beginTurn(at microseconds: Int64, isSaving: Bool, isDefragmenting: Bool) {
        turnTime = microseconds
        turnTicks = Ticks.now
        let isWatched = isSaving || isDefragmenting || microseconds < watchEnd
        threadTime = isWatched ? ProcessUsage.threadNanoseconds : nil
        (self.isSaving, self.isDefragmenting) = (isSaving, isDefragmenting)
    }

    /// Somebody looks at how long turns take: those of the next minute are measured in processor time as well.
    mutating func watchTurns() { watchEnd = turnTime + 60_000_000 }

    mutating func endTurn() {
        let duration = nanoseconds(Ticks.now &- turnTicks)
        server.turns &+= 1
        server.turnNanoseconds &+= duration
        server.longestTurnNanoseconds = max(server.longestTurnNanoseconds, duration)
        if _slowPath(threadTime != nil) { noteBusyTurn() }
        server.mostCommandsOfTurn = max(server.mostCommandsOfTurn, server.commandsOfTurn)
        server.commandsOfTurn = 0
    }

    @inline(never) private mutating func noteBusyTurn() {
        guard let threadTime else { return }
        let nanoseconds = ProcessUsage.threadNanoseconds - threadTime
        server.longestWatchedTurnNanoseconds = max(server.longestWatchedTurnNanoseconds, nanoseconds)
        if isSaving {
            server.longestSavingTurnNanoseconds = max(server.longestSavingTurnNanoseconds, nanoseconds)
        } else if isDefragmenting {
            server.longestDefragmentingTurnNanoseconds = max(server.longestDefragmentingTurnNanoseconds, nanoseconds)
        }
    }

    var turnMicroseconds: Int { Int(truncatingIfNeeded: server.turnNanoseconds / 1000) }

    /// How long a turn takes at present.
    var recentTurnMicroseconds: Int {
        let turns = server.turnRate.perSecond
        return turns > 0 ? server.turnDurationRate.perSecond / turns : 0
    }

    /// Periodic work has been done that began at `start`.
    mutating func endPeriodicWork(begunAt start: UInt64) {
        server.periodicNanoseconds &+= nanoseconds(Ticks.now &- start)
    }

    /// Every tenth of a second: what the rates are made of.
    mutating func sample(commands: Int, _ clients: ConnectionStatistics, at now: Int64) {
        calibrate()
        server.commandRate.sample(commands, at: now)
        server.inputRate.sample(clients.bytesReceived, at: now)
        server.outputRate.sample(clients.bytesSent, at: now)
        server.turnRate.sample(server.turns, at: now)
        server.turnDurationRate.sample(turnMicroseconds, at: now)
    }

    /// The rate of ticks is known the better the longer they are counted.
    fileprivate mutating func calibrate() {
        let reading = Ticks.reading()
        let ticks = reading.ticks &- firstReading.ticks, nanoseconds = reading.nanoseconds - firstReading.nanoseconds
        guard nanoseconds > 50_000_000, ticks > 0 else { return }
        scale = UInt64(Double(nanoseconds) / Double(ticks) * 0x1p32)
    }

    // MARK: Measuring

    @inline(__always) func nanoseconds(_ ticks: UInt64) -> UInt64 {
        let (high, low) = ticks.multipliedFullWidth(by: scale)
        return high &<< 32 | low &>> 32
    }

    /// The settings of observation have changed, or the monitors.
    mutating func apply(_ settings: borrowing Settings) {
        tracksLatency = settings.tracksLatency
        slowLog.trim(to: settings.slowLogLength)
        largeRequests.trim(to: settings.largeRequestLogLength)
        largeReplies.trim(to: settings.largeReplyLogLength)
        requestThreshold = settings.largeRequestThreshold < 0 ? .max : settings.largeRequestThreshold
        // A sum with it does not overflow.
        let replies = settings.largeReplyThreshold
        replyThreshold = replies < 0 ? Observation.never : min(replies, Observation.never)
        var microseconds = Int.max
        if settings.slowLogThresholdMicroseconds >= 0 { microseconds = settings.slowLogThresholdMicroseconds }
        let milliseconds = settings.latencyMonitorThresholdMilliseconds
        if milliseconds > 0 {
            microseconds = min(microseconds, milliseconds.multipliedReportingOverflow(by: 1000).partialValue)
        }
        if !monitors.isEmpty { microseconds = 0 }
        let (ticks, overflows) = UInt64(max(0, microseconds)).multipliedReportingOverflow(by: Ticks.perMicrosecond)
        threshold = overflows ? .max : ticks
    }
}

extension CommandContext {
    /// A command has ended that somebody may want to know of.
    @inline(never) mutating func observe(_ row: Reference<CommandRow>, _ arguments: Arguments, _ ticks: UInt64) {
        // Just after the start the rate of ticks is known badly; a long call is the occasion to know it better.
        if observation.nanoseconds(ticks) > 50_000_000 { observation.calibrate() }
        let microseconds = Int(truncatingIfNeeded: observation.nanoseconds(ticks) / 1000)
        let latencyThreshold = settings.latencyMonitorThresholdMilliseconds
        if latencyThreshold > 0, microseconds / 1000 >= latencyThreshold {
            let event = row.value.flags.contains(.fast) ? LatencyEvent.fastCommand : .command
            observation.latency.add(event, milliseconds: microseconds / 1000, at: now / 1000)
        }
        let slowThreshold = settings.slowLogThresholdMicroseconds
        // A call that waits is logged when it is answered; who monitors has seen it before.
        let isLogged = !row.value.flags.contains(.skipSlowLog) && attention.isDisjoint(with: .isUnanswered)
        if slowThreshold >= 0, microseconds >= slowThreshold, isLogged {
            appendToSlowLog(arguments, microseconds)
        }
        let isShown = !isServingBlocked && row.value.flags.isDisjoint(with: [.administration, .skipMonitor])
        if !observation.monitors.isEmpty, isShown {
            feedMonitors(arguments)
        }
    }

    /// A command has ended whose reply took several turns; `longest` is the part that took longest, in milliseconds.
    mutating func noteSlowCall(
        _ row: Reference<CommandRow>, _ arguments: Arguments, microseconds: Int, longest: Int
    ) {
        let latencyThreshold = settings.latencyMonitorThresholdMilliseconds
        if latencyThreshold > 0, longest >= latencyThreshold {
            observation.latency.add(.command, milliseconds: longest, at: now / 1000)
        }
        let slowThreshold = settings.slowLogThresholdMicroseconds
        if slowThreshold >= 0, microseconds >= slowThreshold { appendToSlowLog(arguments, microseconds) }
    }

    /// A request or its reply may be so large that it is noted.
    mutating func noteSizes(_ row: Reference<CommandRow>, _ arguments: Arguments, request: Int, reply: Int) {
        guard !row.value.flags.contains(.skipSlowLog) else { return }
        if request >= observation.requestThreshold {
            observation.largeRequests.append(
                arguments, time: now / 1000, value: request, peer: peerName, clientName: clientName,
                limit: settings.largeRequestLogLength)
        }
        if reply >= observation.replyThreshold {
            observation.largeReplies.append(
                arguments, time: now / 1000, value: reply, peer: peerName, clientName: clientName,
                limit: settings.largeReplyLogLength)
        }
    }

    /// The call was a script's.
    var isInScript: Bool { scripts.run.isRunning && scripts.run.caller == current }

    private mutating func appendToSlowLog(_ arguments: Arguments, _ microseconds: Int) {
        observation.slowLog.append(
            arguments, time: now / 1000, value: microseconds, peer: isInScript ? [] : peerName,
            clientName: isInScript ? [] : clientName,
            limit: settings.slowLogLength)
    }
}

extension Observation {
    /// The log of one measure.
    subscript(measure: CallMeasure) -> SlowLog {
        get {
            switch measure {
            case .slow: slowLog
            case .largeRequest: largeRequests
            case .largeReply: largeReplies
            }
        }
        set {
            switch measure {
            case .slow: slowLog = newValue
            case .largeRequest: largeRequests = newValue
            case .largeReply: largeReplies = newValue
            }
        }
    }

    /// Bytes that all three logs occupy, roughly.
    var logMemory: Int { slowLog.memoryUsed + largeRequests.memoryUsed + largeReplies.memoryUsed }
}
