// One numbered database: where its entries are, and when they end. Databases know neither clients nor events; the
// keyspace works on the selected one.

/// The keys of one database.
struct Database: ~Copyable {
    /// Stays with the contents when SWAPDB gives them another number, and ends when they are flushed.
    let identity: Int
    var shards: ShardDirectory
    /// Every key that has a deadline.
    var wheel: TimingWheel<Entry>

    init(identity: Int, now: Int64, in heap: Heap) {
        self.identity = identity
        shards = ShardDirectory(in: heap)
        wheel = TimingWheel(now: now)
    }

    var count: Int { shards.count }
    var countWithDeadline: Int { wheel.count }
}

/// The databases by their numbers, one of which is selected.
/// Ownership rule: made once for a keyspace, and not freed.
@safe struct DatabaseList: ~Copyable {
    private let databases: UnsafeMutablePointer<Database>
    private var selectedDatabase: UnsafeMutablePointer<Database>
    let count: Int
    private(set) var selected = 0
    private var identities: Int
    private var removed: [RemovedDatabase] = []

    init(count: Int, now: Int64, in heap: Heap) {
        unsafe databases = .allocate(capacity: count)
        for index in 0..<count { unsafe (databases + index).initialize(to: Database(identity: index, now: now, in: heap)) }
        unsafe selectedDatabase = databases
        self.count = count
        identities = count
    }

    mutating func select(_ index: Int) {
        precondition(index >= 0 && index < count)
        selected = index
        unsafe selectedDatabase = databases + index
    }

    /// A database that was emptied and is taken to pieces.
    @safe private struct RemovedDatabase {
        let database: UnsafeMutablePointer<Database>
    }

    /// The selected database.
    var current: Database {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(selectedDatabase) }
        @inline(__always) unsafeMutableAddress { unsafe selectedDatabase }
    }

    subscript(index: Int) -> Database {
        unsafeAddress {
            precondition(index >= 0 && index < count)
            return unsafe UnsafePointer(databases + index)
        }
        unsafeMutableAddress {
            precondition(index >= 0 && index < count)
            return unsafe databases + index
        }
    }

    /// Puts an empty database in the place of one, whose memory `takeRemovedShard` gives back later.
    mutating func empty(_ index: Int, now: Int64, in heap: Heap) {
        let old = UnsafeMutablePointer<Database>.allocate(capacity: 1)
        unsafe old.initialize(to: Database(identity: identities, now: now, in: heap))
        identities += 1
        unsafe Swift.swap(&old.pointee, &self[index])
        unsafe removed.append(RemovedDatabase(database: old))
    }

    var hasRemoved: Bool { !removed.isEmpty }

    /// A shard of a database that was emptied, with entries that nothing else names; nil when there is none left.
    mutating func takeRemovedShard() -> Shard? {
        while let last = removed.last {
            if let shard = unsafe last.database.pointee.shards.takeNext() { return shard }
            unsafe last.database.pointee.shards.freeDirectory()
            unsafe last.database.deinitialize(count: 1)
            unsafe last.database.deallocate()
            removed.removeLast()
        }
        return nil
    }

    mutating func swap(_ first: Int, _ second: Int) {
        precondition(first >= 0 && first < count && second >= 0 && second < count)
        guard first != second else { return }
        unsafe Swift.swap(&databases[first], &databases[second])
    }
}
