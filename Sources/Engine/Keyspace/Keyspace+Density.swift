// What the keyspace tells of its keys under the policies that go by hit density: uses, keys that come and that go.
// Keys that were evicted are remembered by 4 bytes each, in at most a sixty-fourth of the memory that the data occupy:
// one that comes back soon was worth more than it seemed, and does not begin anew.

extension Keyspace {
    /// From now on marks are kept for one of these policies, or, with nil, for another one. The marks that are there
    /// are read in the new way; time mends them.
    mutating func countDensity(learning: Bool?) {
        guard learning != (clock.countsDensity ? density.isLearning : nil) else { return }
        ghosts.reset(capacity: 0)
        clock.countsDensity = learning != nil
        if let learning {
            let reading = clock.countsFrequency ? clock.birthMark | 0xFF : clock.reading
            density = HitDensity(isLearning: learning, reading: reading)
            density.largestBytes = largestCountedBytes
            clock.show(density.reading)
        } else {
            clock.showTicks()
        }
    }

    /// More than eight times the average does not count against a key: a large value must not go as soon as it comes.
    private var largestCountedBytes: Int { max(64, memoryUsed / max(1, databases.keyCount) * 8) }

    // MARK: What happens

    /// A use of a key, where more is kept of it than the time.
    @inline(never) mutating func noteUse(of entry: Entry) {
        guard clock.countsDensity else { return clock.countUse(of: entry, heap) }
        let mark = entry.accessClock
        if mark == density.mostUsed || clock.isStopped { return }
        entry.accessClock = density.use(mark)
    }

    /// A key has come.
    @inline(never) mutating func welcome(_ entry: Entry, _ hash: UInt64) {
        density.pass(bytes: entry.memoryUsage, of: heap.used)
        clock.show(density.reading)
        guard let mark = ghosts.take(hash) else { return }
        density.noteResolved(mark)
        entry.accessClock = density.use(mark)
    }

    /// A key is about to be evicted.
    mutating func remember(_ entry: Entry, _ hash: UInt64) {
        if density.noteGone(entry.accessClock, of: ghosts.capacity) { lookAround() }
        guard let mark = ghosts.insert(hash, mark: entry.accessClock) else { return }
        density.noteResolved(mark)
        density.forget(mark)
    }

    /// Learns, and remembers as many keys as there are.
    private mutating func lookAround() {
        density.learn()
        density.largestBytes = largestCountedBytes
        let wanted = min(databases.keyCount, memoryUsed / 64 / 4), capacity = ghosts.capacity
        let isTooLarge = wanted < capacity / 4 && capacity > GhostTable.least
        guard capacity == 0 || wanted > capacity * 2 || isTooLarge else { return }
        ghosts.reset(capacity: wanted)
        density.noteNoneRemembered()
    }

    /// What the choice of a victim goes by: the less, the sooner it goes.
    @inline(__always) func worth(of entry: Entry) -> Int64 {
        var bytes = entry.memoryUsage + 11
        if entry.hasLargeKind { bytes += StoredValue(kind: entry.kind, word: entry.word).memoryUsage(in: heap) }
        return density.worth(entry.accessClock, bytes: bytes)
    }
}
