// Keys that clients of a writable replica have given a time to live. The server that is followed does not know of them,
// so that nobody else would end them.

/// Keys that this server ends though it follows another one.
struct OwnDeadlines {
    fileprivate var keys: [WaitedKey] = []
    fileprivate var known: Set<WaitedKey> = []
    fileprivate var next = 0

    /// So many are looked at in one round.
    fileprivate static let mostInRound = 1000

    var count: Int { keys.count }
}

extension CommandContext {
    /// Clients may write, and what they write is noted.
    var notesOwnChanges: Bool { follows && !settings.replicaIsReadOnly }

    /// Periodic work of a replica: keys of its own end.
    mutating func endOwnKeys() {
        guard notesOwnChanges || ownDeadlines.count > 0, !loading.isInForce, !pause.isInForce else { return }
        let before = keyspace.selected
        for key in keyspace.feed.takeOwnChanges() where ownDeadlines.known.insert(key).inserted {
            ownDeadlines.keys.append(key)
        }
        var left = min(ownDeadlines.count, OwnDeadlines.mostInRound)
        while left > 0, ownDeadlines.count > 0 {
            left -= 1
            if ownDeadlines.next >= ownDeadlines.count { ownDeadlines.next = 0 }
            let key = ownDeadlines.keys[ownDeadlines.next]
            if endIfDue(key) {
                ownDeadlines.next += 1
            } else {
                ownDeadlines.known.remove(key)
                ownDeadlines.keys.swapAt(ownDeadlines.next, ownDeadlines.count - 1)
                ownDeadlines.keys.removeLast()
            }
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
        if case .at = keyspace.deadline(of: Key(name.contents)) { return true }
        return false
    }
}
