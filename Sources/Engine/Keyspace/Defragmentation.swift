// Keys that leave sparse pages of the heap. A round begins with the heap's choice of pages
// (`SlabAllocator+Evacuation`); then a walk goes through all databases in hash order, like a scan, and shows the heap
// every entry, every value's blocks, the tables and the wheels, which move where it says. In the end the pages that did
// not become empty are used again. Everything goes on in steps of some microseconds, between which anything may happen
// to keys; what is missed because of that stays where it is until the next round.
//
// An entry's address is known to its slot and, with a deadline, to the wheel, and to nobody else between two turns. A
// value's word may be held by readers and by a snapshot: such values are left alone.

internal import Platform

/// How far a round of defragmentation has come.
struct Defragmentation {
    enum Stage { case resting, choosing, walking, ending }

    /// A value that was too large for one step.
    fileprivate struct LateValue {
        let key: [UInt8]
        let kind: Entry.Kind
        var place: MovingPlace
    }

    fileprivate(set) var stage = Stage.resting
    fileprivate var database = 0
    /// Of the database that the walk is in.
    fileprivate var identity = -1
    fileprivate var place: UInt64 = 0
    /// The shard in which the walk has stopped, and before which bucket.
    fileprivate var unfinished: (shard: Shard, bucket: Int)?
    fileprivate var isInWheel = false
    fileprivate var chunk = 0
    fileprivate var late: [LateValue] = []
    /// Larger values are moved in several steps.
    var mostElementsAtOnce = 1000
    /// It is not worth the walk to empty fewer pages.
    fileprivate var fewestPages = 1
    /// What the walk changes leaves sparse pages of its own: another one follows.
    fileprivate var walksLeft = 0

    /// Keys of which something was moved, and those that were seen and stayed, ever.
    fileprivate(set) var keysMoved = 0
    fileprivate(set) var keysStayed = 0

    mutating func forgetCounts() { (keysMoved, keysStayed) = (0, 0) }

    fileprivate mutating func enterDatabase(_ index: Int, identity: Int) {
        (database, self.identity, place, isInWheel, chunk, late) = (index, identity, 0, false, 0, [])
        unfinished = nil
    }
}

extension Keyspace {
    /// Begins a round, unless one goes on; it ends at once if fewer than `pages` pages would become empty. For tests
    /// everything is moved.
    mutating func beginDefragmentation(fewestPages pages: Int = 1, ofAll: Bool = false) {
        guard defragmentation.stage == .resting else { return }
        heap.beginEvacuation(ofAll: ofAll)
        defragmentation.stage = .choosing
        defragmentation.fewestPages = pages
        defragmentation.walksLeft = ofAll ? 1 : 2
    }

    /// The round is to end; `defragment` still has to be called until it has.
    mutating func stopDefragmentation() {
        defragmentation.walksLeft = 0
        if defragmentation.stage != .resting { defragmentation.stage = .ending }
    }

    /// Goes on until this tick, or takes one step if it has passed; true if the round is over.
    mutating func defragment(until end: UInt64) -> Bool {
        repeat {
            switch defragmentation.stage {
            case .resting: return true
            case .choosing: if heap.chooseForEvacuation() { beginWalk() }
            case .walking: walkToMove(until: end)
            case .ending: if heap.endEvacuation() { endWalk() }
            }
        } while Ticks.now < end
        return defragmentation.stage == .resting
    }

    private mutating func beginWalk() {
        guard heap.evacuatedPages >= defragmentation.fewestPages else { return stopDefragmentation() }
        defragmentation.walksLeft -= 1
        defragmentation.stage = .walking
        defragmentation.enterDatabase(0, identity: databases[0].identity)
    }

    /// The walk is over: what has become free is not needed soon. Tables that became smaller on the way have left pages
    /// of other sizes sparse, which the second walk empties if they are worth it.
    private mutating func endWalk() {
        heap.purgeSome()
        guard defragmentation.walksLeft > 0 else { return defragmentation.stage = .resting }
        let usage = heap.usage
        defragmentation.fewestPages = max(1, (usage.active - usage.allocated) / 8 / PageSupply.pageSize)
        heap.beginEvacuation()
        defragmentation.stage = .choosing
    }

    private mutating func walkToMove(until end: UInt64) {
        let index = defragmentation.database
        guard index < databases.count else { return defragmentation.stage = .ending }
        if databases[index].identity != defragmentation.identity {
            defragmentation.enterDatabase(index, identity: databases[index].identity)
        }
        if !defragmentation.late.isEmpty { return moveLateValue(index) }
        if !defragmentation.isInWheel { return moveEntries(index, until: end) }
        let chunk = defragmentation.chunk
        defragmentation.chunk += 1
        let hasMoved = databases[index].wheel.slots.moveChunk(chunk)
        if databases[index].fieldWheel?.slots.moveChunk(chunk) == true || hasMoved { return }
        databases[index].shards.moveDirectory()
        let next = index + 1
        defragmentation.enterDatabase(next, identity: next < databases.count ? databases[next].identity : -1)
    }

    // MARK: Entries

    /// Goes on in the shard that the walk has come to, until this tick: at least for a bucket.
    private mutating func moveEntries(_ index: Int, until end: UInt64) {
        let place = defragmentation.place, ahead = 5
        var bucket = 0
        // One that has changed its shape since is begun again: a single key that is missed keeps a page.
        if let stopped = defragmentation.unfinished, stopped.shard.isSame(as: databases[index].shards[place]) {
            bucket = stopped.bucket
        } else {
            databases[index].shards.compact(place)
            databases[index].shards.moveShard(place)
        }
        let shard = databases[index].shards[place]
        for bucket in bucket..<min(bucket &+ ahead, shard.buckets) { shard.prefetchEntries(in: bucket) }
        while bucket < shard.buckets {
            if bucket &+ ahead < shard.buckets { shard.prefetchEntries(in: bucket &+ ahead) }
            for slot in 1..<8 where shard.word(bucket, slot) != nil { moveEntry(index, shard, bucket, slot) }
            bucket &+= 1
            if Ticks.now >= end || !defragmentation.late.isEmpty { break }
        }
        defragmentation.unfinished = bucket < shard.buckets ? (shard, bucket) : nil
        if bucket < shard.buckets { return }
        if let next = shard.endPlace(near: place) {
            defragmentation.place = next
        } else {
            defragmentation.isInWheel = true
        }
    }

    @inline(__always) private mutating func moveEntry(_ index: Int, _ shard: Shard, _ bucket: Int, _ slot: Int) {
        guard let entry = shard.entry(bucket, slot) else { return }
        var hasMoved = entry.hasLargeKind && moveValue(of: entry)
        if let moved = shard.moveEntry(bucket, slot, in: heap) {
            if moved.hasDeadline { databases[index].wheel.slots.notice(moved) }
            if moved.hasFieldDeadlines { databases[index].fieldWheel?.slots.notice(TimedHash(entry: moved)) }
            hasMoved = true
        }
        if hasMoved { defragmentation.keysMoved &+= 1 } else { defragmentation.keysStayed &+= 1 }
    }

    // MARK: Values

    /// Somebody else holds the word.
    private func isHeld(_ word: UInt64) -> Bool {
        !readings.isEmpty && readings.read(word) || savedValues.isWatching && savedValues.place(of: word) != nil
    }

    /// Moves the value, or the beginning of one that is too large for one step; true if anything was moved.
    private mutating func moveValue(of entry: Entry) -> Bool {
        if isHeld(entry.word) { return false }
        let before = heap.evacuationCounts.moved
        var value = StoredValue(kind: entry.kind, word: entry.word), place = MovingPlace()
        var budget = min(defragmentation.mostElementsAtOnce, 200)
        value.move(from: &place, budget: &budget, in: heap)
        entry.word = value.word
        if !place.isOver {
            defragmentation.late.append(
                Defragmentation.LateValue(key: entry.key.array, kind: entry.kind, place: place))
        }
        return heap.evacuationCounts.moved != before
    }

    /// Goes on with a large value, if it is still there.
    private mutating func moveLateValue(_ index: Int) {
        guard var late = defragmentation.late.popLast() else { return }
        let found: Entry? = withBytes(of: late.key) { key in
            let hash = hash(key)
            return databases[index].shards[hash].find(key, hash)?.entry
        }
        guard let entry = found, entry.kind == late.kind, !isHeld(entry.word) else { return }
        var value = StoredValue(kind: entry.kind, word: entry.word), budget = 200
        value.move(from: &late.place, budget: &budget, in: heap)
        entry.word = value.word
        if !late.place.isOver { defragmentation.late.append(late) }
    }
}
