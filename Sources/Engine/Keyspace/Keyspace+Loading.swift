// Keys that come from a file. Nobody hears of them, and no snapshot needs what was there before. A few are put in
// together, so that memory can be asked for all their places before the first one is looked at.

/// Entries on their way into the selected database.
struct LoadingBatch: ~Copyable {
    static let size = 16

    fileprivate var entries = InlineArray<16, UInt64>(repeating: 0)
    fileprivate var hashes = InlineArray<16, UInt64>(repeating: 0)
    fileprivate(set) var count = 0

    var isFull: Bool { count == LoadingBatch.size }
}

extension Keyspace {
    /// So many keys are about to be loaded into the selected database.
    mutating func expect(keys: Int) { databases.current.shards.expect(keys) }

    /// Nothing more is to be loaded.
    mutating func endExpectations() {
        for index in 0..<databases.count { databases[index].shards.expect(0) }
    }

    /// Makes a key whose place is looked for later; the batch must have room. A value with blocks of its own is the
    /// keyspace's from now on.
    mutating func load(
        _ key: Bytes, _ content: EntryContent, deadline: Int64?, accessClock: UInt16?, into batch: inout LoadingBatch
    ) {
        let hash = hash(key), entry = make(key, content, deadline)
        if let accessClock { entry.accessClock = accessClock }
        _ = prefetchBucket(hash)
        batch.entries[batch.count] = entry.address
        batch.hashes[batch.count] = hash
        batch.count += 1
    }

    /// Puts the keys of the batch into the selected database. A key that is there already is replaced, or else ends
    /// the work: it is answered.
    mutating func finish(_ batch: inout LoadingBatch, replacing: Bool) -> [UInt8]? {
        var duplicate: [UInt8]?
        for index in 0..<batch.count {
            let entry = Entry(address: batch.entries[index]), hash = batch.hashes[index]
            if _slowPath(databases.current.shards[hash].find(entry.key, hash) != nil) {
                if !replacing, duplicate == nil { duplicate = entry.key.array }
                willChange(entry.key, hash)
                if let place = databases.current.shards[hash].find(entry.key, hash) { erase(place, hash) }
            }
            if entry.hasDeadline { startTiming(entry) }
            if _slowPath(entry.hasFieldDeadlines) { startTimingFields(of: entry) }
            databases.current.shards.insert(entry, hash)
            databases.current.sizes.add(slot(of: entry))
        }
        batch.count = 0
        return duplicate
    }
}
