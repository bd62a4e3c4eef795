// What HOTKEYS collects between START and STOP: which keys take most time, and which most bytes. Unlike what is always
// noted, it looks at every command, or at a part of them that whoever starts it chooses.

internal import Platform

/// What HOTKEYS START asks for.
struct HotKeyOptions: Sendable {
    var countsTime = false, countsBytes = false
    /// How many keys are shown.
    var count = 10
    /// Nil for until it is stopped.
    var durationSeconds: Int?
    /// One call in so many is looked at.
    var ratio = 1
}

/// One collection, going on or over.
struct HotKeySession: ~Copyable {
    let options: HotKeyOptions
    /// In milliseconds since 1970.
    let startedAt: Int64
    private(set) var stoppedAt: Int64?

    /// Of all calls with keys.
    private(set) var nanoseconds: UInt64 = 0
    private(set) var bytes: UInt64 = 0
    private(set) var byTime: TopCounts
    private(set) var byBytes: TopCounts

    /// What the process had used of processors when it began, and when it ended.
    private let firstUse = ProcessUsage.ownTime
    private var lastUse: ProcessUsage.Time?
    private var random: RandomSource

    /// More names than can be shown, for some that are here will turn out to be less.
    private static let size = 512

    init(_ options: HotKeyOptions, at now: Int64, seed: UInt64) {
        self.options = options
        startedAt = now
        byTime = TopCounts(size: HotKeySession.size)
        byBytes = TopCounts(size: HotKeySession.size)
        random = RandomSource(seed: seed)
    }

    var isActive: Bool { stoppedAt == nil }
    /// The same where nobody has looked at the clock lately.
    func isActive(at now: Int64) -> Bool { isActive && now < end ?? .max }
    var end: Int64? { options.durationSeconds.map { startedAt + Int64($0) * 1000 } }
    var memoryUsed: Int { byTime.memoryUsed + byBytes.memoryUsed }

    func milliseconds(at now: Int64) -> Int64 { max(0, (stoppedAt ?? now) - startedAt) }

    /// What the process has used of processors, in milliseconds.
    var processorMilliseconds: (user: Int, system: Int) {
        let last = lastUse ?? ProcessUsage.ownTime
        return (Int((last.user - firstUse.user) * 1000), Int((last.system - firstUse.system) * 1000))
    }

    mutating func stop(at now: Int64) {
        stoppedAt = now
        lastUse = ProcessUsage.ownTime
    }

    mutating func count(_ call: UsageOfCall) {
        nanoseconds &+= call.nanoseconds
        bytes &+= call.bytes
    }

    /// Whether chance takes the call.
    mutating func takesCall() -> Bool {
        options.ratio == 1 || random.next().multipliedFullWidth(by: UInt64(options.ratio)).high == 0
    }

    mutating func add(_ hash: UInt64, _ key: Bytes, time: UInt64, bytes: UInt64) {
        if options.countsTime { byTime.add(hash, (time, 0, 0), name: key) }
        if options.countsBytes { byBytes.add(hash, (bytes, 0, 0), name: key) }
    }
}
