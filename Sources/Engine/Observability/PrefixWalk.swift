// How many keys there are of each prefix, and what they occupy: found out by walking through all keys, a shard at a
// time, for a hundredth of the time at most. What is shown is the last walk that was finished, with its age.

internal import Platform

/// A walk that goes on, and what the last one found.
struct PrefixWalk: ~Copyable {
    /// What one walk finds. Counts are bytes and keys.
    struct Findings: ~Copyable {
        var shortPrefixes: TopCounts
        var longPrefixes: TopCounts
        var keys = 0
        var bytes = 0
        let startedAt: Int64
        /// When the walk was over, and when it was last known that nothing has changed since it began.
        fileprivate(set) var walkedAt: Int64 = 0
        fileprivate(set) var finishedAt: Int64 = 0

        fileprivate init(size: Int, at now: Int64) {
            shortPrefixes = TopCounts(size: size)
            longPrefixes = TopCounts(size: size)
            startedAt = now
        }

        var memoryUsed: Int { shortPrefixes.memoryUsed + longPrefixes.memoryUsed }

        fileprivate mutating func add(_ key: Bytes, _ bytes: Int, _ hash: KeyHash) {
            keys &+= 1
            self.bytes &+= bytes
            let prefixes = KeyPrefixes(of: key), short = key.prefix(prefixes.short)
            shortPrefixes.add(hash(short), (UInt64(bytes), 1, 0), name: short)
            guard let length = prefixes.long else { return }
            let long = key.prefix(length)
            longPrefixes.add(hash(long), (UInt64(bytes), 1, 0), name: long)
        }
    }

    /// The last walk that was finished.
    private(set) var findings: Findings?
    private var next: Findings?
    private var walk: KeyWalk?
    private var database = 0
    /// The next slice is due then, if a walk goes on.
    private(set) var dueTime = Int64.max
    private var nextWalk: Int64 = 0
    /// What had been changed when the last walk began.
    private var changes = -1
    /// The longest slice, in keys.
    private(set) var mostKeysInSlice = 0

    var isRunning: Bool { dueTime < .max }
    var memoryUsed: Int { PrefixWalk.memory(of: findings) &+ PrefixWalk.memory(of: next) }

    /// What is counted for it: room for this walk and the last one from the start, so that no limit of memory is passed
    /// by a walk.
    func memorySetAside(_ settings: UsageSettings) -> Int {
        guard settings.walkSeconds > 0 else { return memoryUsed }
        return max(memoryUsed, 4 &* TopCounts.memoryUsed(size: UsageSettings.power(settings.prefixes)))
    }

    private static func memory(of findings: borrowing Findings?) -> Int {
        switch findings {
        case .none: 0
        case .some(let found): found.memoryUsed
        }
    }

    /// Begins a walk if it is time for one and there is anything new to be seen.
    mutating func begin(ifDueIn keyspace: borrowing Keyspace, _ settings: UsageSettings) {
        guard settings.walkSeconds > 0, !isRunning, keyspace.now >= nextWalk || nextWalk - keyspace.now > 86_400_000
        else { return }
        let changes = keyspace.feed.changeCount &+ keyspace.expiredCount &+ keyspace.evictedCount
        if changes == self.changes, findings != nil { return finish(at: keyspace.now, settings) }
        if keyspace.databases.keyCount == 0, findings == nil { return }
        self.changes = changes
        begin(at: keyspace.now, settings)
    }

    mutating func begin(at now: Int64, _ settings: UsageSettings) {
        next = Findings(size: UsageSettings.power(settings.prefixes), at: now)
        (walk, database, dueTime) = (nil, 0, now)
    }

    /// The findings are as good as new.
    private mutating func finish(at now: Int64, _ settings: UsageSettings) {
        findings?.finishedAt = now
        nextWalk = now + Int64(settings.walkSeconds) * 1000
    }

    mutating func stop() {
        (walk, dueTime, changes, nextWalk) = (nil, .max, -1, 0)
        next = nil
    }

    /// The next shard of the walk.
    mutating func advance(_ keyspace: borrowing Keyspace, _ settings: UsageSettings) {
        let start = Ticks.now
        while walk == nil {
            guard database < keyspace.databaseCount else {
                findings = next.take()
                findings?.walkedAt = keyspace.now
                dueTime = .max
                return finish(at: keyspace.now, settings)
            }
            if keyspace.databases[database].count > 0 { walk = keyspace.keyWalk(of: database) }
            database += 1
        }
        guard var walk else { return }
        let hash = keyspace.hash
        let visited = step(&walk, keyspace, hash)
        mostKeysInSlice = max(mostKeysInSlice, visited)
        self.walk = walk.isOver ? nil : walk
        let microseconds = Int64((Ticks.now &- start) / Ticks.perMicrosecond)
        dueTime = keyspace.now + min(1000, microseconds / 10)
    }

    private mutating func step(_ walk: inout KeyWalk, _ keyspace: borrowing Keyspace, _ hash: KeyHash) -> Int {
        guard var found = next.take() else { return 0 }
        let visited = keyspace.measure(&walk) { key, bytes in found.add(key, bytes, hash) }
        next = consume found
        return visited
    }
}

extension CommandContext {
    mutating func considerWalk() {
        if !loading.isInForce { prefixWalk.begin(ifDueIn: keyspace, settings.usage) }
    }

    mutating func walkPrefixes() { prefixWalk.advance(keyspace, settings.usage) }
}
