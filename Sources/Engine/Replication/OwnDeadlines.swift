// Keys that clients of a writable replica have given a time to live. The server that is followed does not know of them,
// so that nobody else would end them. A key is in the list while it has a time to live, and no longer: what clients
// change is looked at soon after, and what others do to such keys is found when it is the keys' turn.

/// Keys that this server ends though it follows another one.
struct OwnDeadlines {
    private(set) var keys: [WaitedKey] = []
    private var places: [WaitedKey: Int] = [:]
    /// What the names of keys occupy.
    private var sizeOfNames = 0
    fileprivate var next = 0

    /// So many are looked at in one round, or more while some of them must be there for nothing.
    fileprivate static let mostInRound = 1000, mostInLongRound = 16_000
    private static let sizeOfName = 48
    private static let sizeOfPlace = (MemoryLayout<WaitedKey>.stride + MemoryLayout<Int>.stride) * 4 / 3

    var count: Int { keys.count }

    var memoryUsed: Int {
        keys.capacity * MemoryLayout<WaitedKey>.stride + places.capacity * OwnDeadlines.sizeOfPlace + sizeOfNames
    }

    mutating func insert(_ key: WaitedKey) {
        guard places[key] == nil else { return }
        places[key] = keys.count
        keys.append(key)
        sizeOfNames += OwnDeadlines.sizeOfName + key.key.count
    }

    mutating func remove(_ key: WaitedKey) {
        guard let place = places.removeValue(forKey: key), let last = keys.popLast() else { return }
        sizeOfNames -= OwnDeadlines.sizeOfName + key.key.count
        if place < keys.count {
            keys[place] = last
            places[last] = place
        }
        if keys.isEmpty {
            self = OwnDeadlines()
        } else if keys.count < keys.capacity / 8 {
            keys = keys.map { $0 }
            places = places.filter { _ in true }
        }
    }
}

extension CommandContext {
    /// Clients may write, and what they write is noted.
    var notesOwnChanges: Bool { follows && !settings.replicaIsReadOnly }

    /// Looks at what clients have changed: which keys have a time to live now, and which have none any more.
    mutating func noteOwnDeadlines() {
        let before = keyspace.selected
        for key in keyspace.feed.takeOwnChanges() {
            if hasDeadline(key) { ownDeadlines.insert(key) } else { ownDeadlines.remove(key) }
        }
        keyspace.select(before)
    }

    /// Periodic work of a replica: keys of its own end.
    mutating func endOwnKeys() {
        guard notesOwnChanges || ownDeadlines.count > 0, !loading.isInForce, !pause.isInForce else { return }
        if keyspace.feed.hasOwnChanges { noteOwnDeadlines() }
        let before = keyspace.selected
        let isLong = ownDeadlines.count > keyspace.databases.keyCountWithDeadline
        let most = isLong ? OwnDeadlines.mostInLongRound : OwnDeadlines.mostInRound
        var left = min(ownDeadlines.count, most)
        while left > 0, ownDeadlines.count > 0 {
            left -= 1
            if ownDeadlines.next >= ownDeadlines.count { ownDeadlines.next = 0 }
            let key = ownDeadlines.keys[ownDeadlines.next]
            if endIfDue(key) { ownDeadlines.next += 1 } else { ownDeadlines.remove(key) }
        }
        keyspace.select(before)
        keyspace.feed.endCommand()
        if keyspace.feed.hasNews { spreadNews() }
    }

    /// True if the key has a time to live that is not over.
    private mutating func endIfDue(_ key: WaitedKey) -> Bool {
        var name = Buffer()
        name.append(array: key.key)
        keyspace.select(key.database)
        keyspace.endIfDue(Key(name.contents))
        return hasDeadline(key)
    }

    private mutating func hasDeadline(_ key: WaitedKey) -> Bool {
        var name = Buffer()
        name.append(array: key.key)
        keyspace.select(key.database)
        return keyspace.hasTimeToLive(Key(name.contents))
    }

    // MARK: What it occupies

    /// What this server keeps because it follows another one, besides that one's client.
    var followingMemory: Int {
        // Asked for in every turn: who follows nobody does not pay.
        _fastPath(link.phase == .none) ? 0 : link.memoryUsed &+ ownDeadlines.memoryUsed
    }
}
