// Keys that come from a file. Nobody hears of them, and no snapshot needs what was there before. A few are put in
// together, so that memory can be asked for all their places before the first one is looked at.

internal import Platform

/// Entries on their way into the selected database.
struct LoadingBatch: ~Copyable {
    static let size = 16

    fileprivate var entries = InlineArray<16, UInt64>(repeating: 0)
    fileprivate var hashes = InlineArray<16, UInt64>(repeating: 0)
    fileprivate(set) var count = 0

    var isFull: Bool { count == LoadingBatch.size }
}

extension Keyspace {
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
            databases.current.shards.insert(entry, hash)
        }
        batch.count = 0
        return duplicate
    }
}

extension Keyspace {
    /// Writes every key at once, as chunks of the main stream.
    func write(to file: inout RDBFileWriter, _ plan: RDBFilePlan, policy: EvictionPolicy) throws(DiskError) {
        let chunkSize = 256 << 10
        var writer = ObjectWriter(plan.compresses ? .later : .never, version: plan.version, capacity: chunkSize)
        var failure: DiskError?
        for index in 0..<databases.count where databases[index].count > 0 {
            writer.append(database: index)
            writer.append(keyCount: databases[index].count, withDeadline: databases[index].countWithDeadline)
            databases[index].shards.forEach { entry in
                guard failure == nil else { return }
                append(entry, to: &writer, policy)
                guard writer.output.count >= chunkSize else { return }
                let chunk = writer.takeChunk(of: SnapshotChunk.mainStream, capacity: chunkSize)
                do throws(DiskError) { try file.write(chunk) } catch { failure = error }
            }
            if let failure { throw failure }
        }
        try file.write(writer.takeChunk(of: SnapshotChunk.mainStream, capacity: 0))
    }

    private func append(_ entry: Entry, to writer: inout ObjectWriter, _ policy: EvictionPolicy) {
        writer.beginRecord(
            entry.key, deadline: entry.hasDeadline ? entry.deadline : nil, use: policy.trace(of: entry, clock))
        switch content(of: entry) {
        case .bytes(let bytes, _): writer.append(.bytes(bytes))
        case .integer(let integer): writer.append(.integer(integer))
        case .word(let kind, let word): writer.append(StoredValue(kind: kind, word: word), in: heap)
        }
    }
}
