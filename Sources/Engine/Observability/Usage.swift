// What keys, and which prefixes of keys, the commands are about: always, and within fixed memory. One command in so
// many is looked at, and stands for that many; how many are passed over is left to chance, so that no pattern of
// commands hides behind it. A command that is not looked at pays for one comparison (`Server.runBatch`). Nothing here
// changes data, and no data know of it.

/// The settings of what is noted about the use of keys.
struct UsageSettings: Sendable {
    /// One command in so many is looked at; 0 for none.
    var sampling = 256
    /// How many keys, and prefixes, are told from each other.
    var keys = 256
    var prefixes = 256
    /// How often the keys of each prefix are counted; 0 for never.
    var walkSeconds = 60

    /// The size of a summary: a power of two.
    static func power(_ size: Int) -> Int { (max(16, min(4096, size)) - 1).nextPowerOfTwo }
}

extension Int {
    fileprivate var nextPowerOfTwo: Int { 1 << (Int.bitWidth - leadingZeroBitCount) }
}

/// What has been noted about the use of keys.
struct Usage: ~Copyable {
    /// Which command of the batch is the next to be looked at, or of a later batch, counted from the first of this one.
    var commandsLeft = Int.max
    /// Commands that come in no batch and are passed over before one is looked at; below zero, it is this one.
    var commandsLeftApart = Int.max

    private var settings: UsageSettings
    private var random: RandomSource
    /// The part of `commandsLeft` that is due to the sketch, while a session looks at every command.
    private var sketchLeft = Int.max
    /// Made by the first command that is looked at.
    private(set) var sketch: UsageSketch?
    /// Since when, in milliseconds since 1970.
    private(set) var startedAt: Int64 = 0
    /// Commands that were looked at.
    private(set) var samples = 0
    /// What HOTKEYS has started.
    private(set) var session: HotKeySession?

    init(_ settings: UsageSettings, seed: UInt64, at now: Int64) {
        self.settings = settings
        random = RandomSource(seed: seed)
        startedAt = now
        restart()
    }

    var sampling: Int { settings.sampling }
    var isOn: Bool { settings.sampling > 0 }

    var memoryUsed: Int { sketchMemory &+ sessionMemory }

    /// Set aside from the start, so that no limit of memory is passed by the first key that is noted.
    private var sketchMemory: Int {
        switch sketch {
        case .none: isOn ? UsageSketch.memoryUsed(settings) : 0
        case .some(let sketch): sketch.memoryUsed
        }
    }

    /// For tests.
    var sketchIsSound: Bool {
        switch sketch {
        case .none: true
        case .some(let sketch): sketch.byCalls.checkInvariants() && sketch.longPrefixes.checkInvariants()
        }
    }

    private var sessionMemory: Int {
        switch session {
        case .none: 0
        case .some(let session): session.memoryUsed
        }
    }

    mutating func apply(_ settings: UsageSettings, at now: Int64) {
        self.settings = settings
        forget(at: now)
    }

    /// Everything is counted from nothing again.
    mutating func forget(at now: Int64) {
        sketch = nil
        samples = 0
        startedAt = now
        restart()
    }

    private mutating func restart() {
        sketchLeft = settings.sampling > 0 ? nextGap() : .max
        commandsLeft = hasActiveSession ? 0 : sketchLeft
        commandsLeftApart = hasActiveSession ? 0 : sketchLeft
    }

    /// From none to twice as many as `sampling` says, one less on average.
    private mutating func nextGap() -> Int {
        let bound = UInt64(2 * settings.sampling - 1)
        return Int(truncatingIfNeeded: random.next().multipliedFullWidth(by: bound).high)
    }

    mutating func chance(below bound: Int) -> Int {
        Int(truncatingIfNeeded: random.next().multipliedFullWidth(by: UInt64(max(1, bound))).high)
    }

    /// A command is looked at: true if that is because the sketch's turn has come. `next` is as for `noteUsage`.
    mutating func takeTurn(nextFrom next: Int?) -> Bool {
        var gap = 0, isSketched = true
        if hasActiveSession {
            sketchLeft &-= 1
            isSketched = sketchLeft < 0
            if isSketched { sketchLeft = nextGap() }
        } else if isOn {
            gap = nextGap()
        } else {
            (gap, isSketched) = (.max / 2, false)
        }
        if let next { commandsLeft = next &+ gap } else { commandsLeftApart = gap }
        return isSketched
    }

    /// Lets `body` note something in the sketch.
    mutating func note(_ body: (inout UsageSketch) -> Void) {
        if sketch == nil { sketch = UsageSketch(settings) }
        samples &+= 1
        sketch?.apply(body)
    }

    // MARK: Sessions

    private(set) var hasActiveSession = false
    private var sessionEnd = Int64.max

    mutating func begin(_ session: consuming HotKeySession) {
        if !hasActiveSession { sketchLeft = isOn ? nextGap() : .max }
        sessionEnd = session.end ?? .max
        self.session = consume session
        hasActiveSession = true
        (commandsLeft, commandsLeftApart) = (0, 0)
    }

    /// The session is over; what it has collected stays.
    mutating func stopSession(at now: Int64) {
        session?.stop(at: now)
        hasActiveSession = false
        (commandsLeft, commandsLeftApart) = (sketchLeft, sketchLeft)
    }

    mutating func forgetSession() {
        session = nil
    }

    mutating func endSessionIfOver(at now: Int64) {
        if hasActiveSession, now >= sessionEnd { stopSession(at: sessionEnd) }
    }

    /// Every key gets its share of the call, if chance takes it.
    mutating func countInSession(_ call: UsageOfCall) -> Bool {
        session?.count(call)
        return session?.takesCall() == true
    }

    mutating func addToSession(_ hash: UInt64, _ key: Bytes, time: UInt64, bytes: UInt64) {
        session?.add(hash, key, time: time, bytes: bytes)
    }
}

/// The heaviest keys in three ways, and the heaviest prefixes up to the first and the second colon.
struct UsageSketch: ~Copyable {
    /// Counts are calls, bytes and nanoseconds, the one that decides first.
    var byCalls: TopCounts
    var byBytes: TopCounts
    var byTime: TopCounts
    /// Counts are calls, hits and misses.
    var shortPrefixes: TopCounts
    var longPrefixes: TopCounts

    init(_ settings: UsageSettings) {
        let keys = UsageSettings.power(settings.keys), prefixes = UsageSettings.power(settings.prefixes)
        byCalls = TopCounts(size: keys)
        byBytes = TopCounts(size: keys)
        byTime = TopCounts(size: keys)
        shortPrefixes = TopCounts(size: prefixes)
        longPrefixes = TopCounts(size: prefixes)
    }

    fileprivate mutating func apply(_ body: (inout UsageSketch) -> Void) { body(&self) }

    var memoryUsed: Int { 3 * byCalls.memoryUsed + 2 * shortPrefixes.memoryUsed }

    static func memoryUsed(_ settings: UsageSettings) -> Int {
        3 * TopCounts.memoryUsed(size: UsageSettings.power(settings.keys))
            + 2 * TopCounts.memoryUsed(size: UsageSettings.power(settings.prefixes))
    }
}

/// Where the prefixes of a key end.
struct KeyPrefixes {
    /// Before the first colon; 0 if there is none.
    let short: Int
    /// Before the second colon, if there is one.
    let long: Int?
    /// Nobody looks for colons behind so many bytes.
    private static let longest = 256

    @inline(__always) init(of key: Bytes) {
        let end = min(key.count, KeyPrefixes.longest)
        var index = 0
        while index < end, key[index] != UInt8(ascii: ":") { index &+= 1 }
        guard index < end else {
            (short, long) = (0, nil)
            return
        }
        short = index
        index &+= 1
        while index < end, key[index] != UInt8(ascii: ":") { index &+= 1 }
        long = index < end ? index : nil
    }
}
