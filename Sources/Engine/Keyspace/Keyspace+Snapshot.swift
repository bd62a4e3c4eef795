// Snapshots without a copy of the process. Beginning one flips the meaning of a mark that every shard carries, and
// touches nothing else. From then on the walk goes from shard to shard, in steps as long as its caller likes, and a key
// of a shard that it has not come to yet is handed over by the door that is about to change it. What has been handed
// over, and what is new, is marked in its slot, so that the walk passes it by.
//
// Databases are meant by their identity: one that was emptied meanwhile is kept until the walk has been there.

internal import Platform

extension Keyspace {
    /// Some hash has fields that end.
    var hasFieldDeadlines: Bool {
        for index in 0..<databases.count where databases[index].countWithFieldDeadlines > 0 { return true }
        return false
    }

    /// From now on a snapshot of all databases is taken, of this moment.
    mutating func beginSnapshot(
        form: SnapshotForm, policy: EvictionPolicy, writer: consuming ObjectWriter
    ) {
        if snapshot != nil { finishAbandonedSnapshot() }
        var parts: [SnapshotPart] = []
        for index in 0..<databases.count where databases[index].count > 0 {
            databases[index].savedNumber = index
            databases[index].shards.beginSnapshot()
            parts.append(
                SnapshotPart(
                    identity: databases[index].identity, number: index, keyCount: databases[index].count,
                    keyCountWithDeadline: databases[index].countWithDeadline))
        }
        snapshot = Snapshot(parts, form: form, policy: policy, memoryBefore: heap.used, writer: writer)
    }

    /// A key is about to change, or to go: a snapshot that still needs it gets it now.
    @inline(__always) mutating func willChange(_ key: Bytes, _ hash: UInt64) {
        if _slowPath(!databases.current.shards.isSaved(hash)) { handOver(key, hash) }
    }

    @inline(never) private mutating func handOver(_ key: Bytes, _ hash: UInt64) {
        guard let place = databases.current.shards[hash].find(key, hash), !place.isMarked else { return }
        place.mark()
        snapshot?.handOver(place.entry, in: databases.current.savedNumber, clock, heap, &savedValues)
        if snapshot?.hasChunks == true { feed.noteCollected() }
    }

    // MARK: The walk

    /// Walks on until this tick, until `mostKeys` have been saved, or until a chunk is full, whichever comes first.
    /// True when the snapshot has everything, and no mark of it is left.
    mutating func walkSnapshot(until end: UInt64, mostKeys: Int = .max) -> Bool {
        let target = (snapshot?.savedCount ?? 0).addingReportingOverflow(mostKeys)
        let most = target.overflow ? Int.max : target.partialValue
        while let part = snapshot?.part {
            if Ticks.now >= end || snapshot?.savedCount ?? 0 >= most { return false }
            if snapshot?.hasChunks == true { return false }
            if !savedValues.isEmpty, !saveValues(until: end, mostParts: mostKeys) { return false }
            walk(part, until: end, most)
        }
        guard saveValues(until: end, mostParts: mostKeys) else { return false }
        snapshot?.closeLastChunk()
        return true
    }

    /// Takes one step: a shard, or a part of one.
    private mutating func walk(_ part: SnapshotPart, until end: UInt64, _ most: Int) {
        let place = snapshot?.place ?? 0
        let found = databases.withShards(ofIdentity: part.identity) { shards in
            (shard: shards[place], isSaved: shards.isSaved(place))
        }
        guard let found else { return endPart(part) }
        if !found.isSaved {
            guard saveEntries(of: found.shard, part, until: end, most) else { return }
            databases.withShards(ofIdentity: part.identity) { $0.markSaved(place) }
        }
        if let next = found.shard.endPlace(near: place) { snapshot?.place = next } else { endPart(part) }
    }

    /// False if the time was over, or a chunk full, before all entries were saved; those that were are marked.
    private mutating func saveEntries(of shard: Shard, _ part: SnapshotPart, until end: UInt64, _ most: Int) -> Bool {
        if snapshot?.isAbandoned != false { return true }
        let (clock, heap) = (clock, heap)
        let ahead = 5
        for bucket in 0..<min(ahead, shard.buckets) { shard.prefetchEntries(in: bucket) }
        for bucket in 0..<shard.buckets {
            if bucket &+ ahead < shard.buckets { shard.prefetchEntries(in: bucket &+ ahead) }
            var saved = 0
            shard.forEachUnmarked(in: bucket) { entry in
                snapshot?.save(entry, in: part.number, clock, heap, &savedValues, .whenWalked)
                saved &+= 1
            }
            guard saved > 0, bucket &+ 1 < shard.buckets else { continue }
            if Ticks.now >= end || snapshot?.savedCount ?? 0 >= most || snapshot?.hasChunks == true {
                shard.markEntries(before: bucket &+ 1)
                return false
            }
        }
        return true
    }

    private mutating func endPart(_ part: SnapshotPart) {
        databases.release(part.identity)
        snapshot?.endPart()
    }

    /// How many keys the snapshot has, of how many, and what had to be handed over; nil if none is being taken.
    var snapshotProgress: (saved: Int, all: Int, bytesHandedOver: Int)? {
        switch snapshot {
        case .some(let snapshot): (snapshot.savedCount, snapshot.keyCount, snapshot.bytesHandedOver)
        case .none: nil
        }
    }

    // MARK: The end

    /// The snapshot is complete, and what it has collected has been taken.
    mutating func endSnapshot() {
        precondition(snapshot?.part == nil, "the snapshot is still needed")
        snapshot = nil
    }

    /// Nobody wants the snapshot any more. Its marks are taken away by walking on.
    mutating func abandonSnapshot() {
        abandonSavedValues()
        snapshot?.abandon()
        for identity in databases.heldIdentities { databases.release(identity) }
    }

    private mutating func finishAbandonedSnapshot() {
        precondition(snapshot?.isAbandoned == true, "a snapshot is being taken")
        _ = walkSnapshot(until: .max)
        snapshot = nil
    }
}
