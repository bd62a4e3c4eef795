// Which keys clients may have in their caches, and who: the table behind CLIENT TRACKING. A key that changes leaves the
// table, and what has to be told of it waits until its command is done: the keyspace knows no client to send it to.
// Keys of all databases share the table, as in Redis. Its blocks are the heap's, so that they count as used memory.

/// Something that caches must forget.
struct Invalidation {
    /// The key, or nil for all of them.
    let key: [UInt8]?
    /// The numbers of the clients that have read it.
    let readers: [UInt64]
    /// No command did it.
    let isByTime: Bool
}

/// The keys that are tracked, and the invalidations that have not been sent.
struct TrackedKeys {
    /// Some client tracks keys.
    var isWanted = false
    /// Some client wants to hear of keys that it has not read.
    var recordsEveryKey = false
    /// Readers of all keys together.
    private(set) var readerCount = 0
    private var table: HashTable<TrackedKey>?
    /// Tables that are given back bit by bit.
    private var retired: [HashTable<TrackedKey>] = []
    private var pending: [Invalidation] = []

    var keyCount: Int { table?.count ?? 0 }
    var memoryUsed: Int { table?.memoryUsage ?? 0 }
    var hasPending: Bool { !pending.isEmpty }
    var concernsNobody: Bool { !isWanted && table == nil }

    /// The client has read the key.
    mutating func remember(_ key: Bytes, _ hash: UInt64, reader: UInt64, in heap: Heap) {
        let table = self.table ?? HashTable<TrackedKey>(heap: heap)
        self.table = table
        guard let place = table.find(key, hash) else {
            table.insert(TrackedKey(key, reader: reader, in: heap), hash)
            readerCount += 1
            return
        }
        let item = place.item
        if item.contains(reader) { return }
        let capacity = item.capacity
        table.replace(place, with: item.adding(reader, in: heap), capacityBefore: capacity)
        readerCount += 1
    }

    /// The key has another value, or is no more. True if somebody is to be told.
    mutating func markChanged(_ key: Bytes, _ hash: UInt64, byTime isByTime: Bool) -> Bool {
        let readers = takeReaders(of: key, hash)
        guard recordsEveryKey || !readers.isEmpty else { return false }
        pending.append(Invalidation(key: key.array, readers: readers, isByTime: isByTime))
        return true
    }

    private mutating func takeReaders(of key: Bytes, _ hash: UInt64) -> [UInt64] {
        guard let table, let place = table.find(key, hash) else { return [] }
        let item = table.remove(place, hash), readers = item.readers
        item.free(to: table.heap)
        readerCount -= readers.count
        return readers
    }

    /// All keys are gone. True if somebody is to be told.
    mutating func markAllChanged() -> Bool {
        forgetAll()
        guard isWanted else { return false }
        pending.append(Invalidation(key: nil, readers: [], isByTime: false))
        return true
    }

    /// Some key leaves the table to make room.
    mutating func takeAny() -> Invalidation? {
        guard let table, let item = table.randomItem() else { return nil }
        let key = item.member.array
        let readers = takeReaders(of: item.member, table.heap.hash(item.member))
        return Invalidation(key: key, readers: readers, isByTime: true)
    }

    mutating func takePending() -> [Invalidation] {
        defer { pending.removeAll(keepingCapacity: pending.count < 1024) }
        return pending
    }

    // MARK: Giving back

    /// Nobody is known to have read anything.
    mutating func forgetAll() {
        if let table { retired.append(table) }
        table = nil
        readerCount = 0
    }

    /// Frees some of what was forgotten; true if more is left.
    mutating func freeSome(budget: Int) -> Bool {
        var rest = budget
        while rest > 0, let table = retired.last {
            guard table.free(budget: &rest) else { break }
            retired.removeLast()
        }
        return !retired.isEmpty
    }

    var hasRetired: Bool { !retired.isEmpty }

    /// For tests: table and counts agree.
    func checkInvariants() {
        var readers = 0
        table?.forEach { readers += $0.readerCount }
        precondition(readers == readerCount, "readers were not counted")
        table?.checkInvariants()
    }
}
