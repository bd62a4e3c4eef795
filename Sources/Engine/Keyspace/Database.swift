// One numbered database: where its entries are, and when they end. Databases know neither clients nor events; the
// keyspace works on the selected one.

/// The keys of one database.
struct Database: ~Copyable {
    /// Stays with the contents when SWAPDB gives them another number, and ends when they are flushed.
    let identity: Int
    /// The number that the database had when the running snapshot began.
    var savedNumber = 0
    var shards: ShardDirectory
    /// Every key that has a deadline.
    var wheel: TimingWheel<Entry>
    /// How large its values are.
    var sizes = SizeHistogram()
    /// Every hash with fields that end, by the earliest of them; made for the first one.
    var fieldWheel: TimingWheel<TimedHash>?
    /// Where eviction looks for victims next, in hash order.
    var hand: UInt64 = 0

    init(identity: Int, now: Int64, in heap: Heap) {
        self.identity = identity
        shards = ShardDirectory(in: heap)
        wheel = TimingWheel(now: now, in: heap)
    }

    var count: Int { shards.count }
    var countWithDeadline: Int { wheel.count }
    /// Hashes with fields that end.
    var countWithFieldDeadlines: Int {
        switch fieldWheel {
        case .some(let wheel): wheel.count
        case .none: 0
        }
    }

    /// Bytes that finding keys costs, with the headers of their entries; and those of their deadlines.
    var overhead: (keys: Int, deadlines: Int) {
        let fieldDeadlines =
            switch fieldWheel {
            case .some(let wheel): wheel.slots.memoryUsage
            case .none: 0
            }
        return (
            max(0, shards.tableMemory) + count * 6,
            wheel.slots.memoryUsage + countWithDeadline * 10 + fieldDeadlines
        )
    }
}

/// The databases by their numbers. The selected one lies in the list itself, which saves commands an indirection.
/// Ownership rule: made once for a keyspace, and not freed. The place of the selected database is hollow.
@safe struct DatabaseList: ~Copyable {
    private let places: UnsafeMutablePointer<Database>
    /// The selected database.
    var current: Database
    let count: Int
    private(set) var selected = 0
    private var identities: Int
    private var removed: [RemovedDatabase] = []

    /// A database that was emptied and is taken to pieces, as soon as no snapshot holds it.
    @safe private struct RemovedDatabase {
        let database: UnsafeMutablePointer<Database>
        var isHeld: Bool
    }

    init(count: Int, now: Int64, in heap: Heap) {
        unsafe places = .allocate(capacity: count)
        for index in 1..<count {
            unsafe (places + index).initialize(to: Database(identity: index, now: now, in: heap))
        }
        current = Database(identity: 0, now: now, in: heap)
        self.count = count
        identities = count
    }

    mutating func select(_ index: Int) {
        precondition(index >= 0 && index < count)
        if index == selected { return }
        let (left, entered) = unsafe (places + selected, places + index)
        unsafe withUnsafeMutablePointer(to: &current) { current in
            unsafe left.moveInitialize(from: current, count: 1)
            unsafe current.moveInitialize(from: entered, count: 1)
        }
        selected = index
    }

    /// Any database, selected or not.
    subscript(index: Int) -> Database {
        _read {
            precondition(index >= 0 && index < count)
            if index == selected { yield current } else { yield unsafe places[index] }
        }
        _modify {
            precondition(index >= 0 && index < count)
            if index == selected { yield &current } else { yield unsafe &places[index] }
        }
    }

    /// How many keys the database of this number has, or how many of them end.
    @inline(__always) func keyCount(_ index: Int, endingOnly: Bool) -> Int {
        precondition(index >= 0 && index < count)
        if index == selected { return endingOnly ? current.countWithDeadline : current.count }
        return unsafe endingOnly ? places[index].countWithDeadline : places[index].count
    }

    /// Which number the database has now that once was made with this identity; nil if it is no more.
    func index(ofIdentity identity: Int) -> Int? {
        for index in 0..<count where self[index].identity == identity { return index }
        return nil
    }

    /// Puts an empty database in the place of one, whose memory `takeRemovedShard` gives back later; if `holding`, only
    /// after `release`.
    mutating func empty(_ index: Int, now: Int64, in heap: Heap, holding: Bool = false) {
        let old = UnsafeMutablePointer<Database>.allocate(capacity: 1)
        unsafe old.initialize(to: Database(identity: identities, now: now, in: heap))
        identities += 1
        unsafe Swift.swap(&old.pointee, &self[index])
        unsafe removed.append(RemovedDatabase(database: old, isHeld: holding))
    }

    /// Keys in all databases.
    var keyCount: Int { (0..<count).reduce(0) { $0 + self[$1].count } }
    var keyCountWithDeadline: Int { (0..<count).reduce(0) { $0 + self[$1].countWithDeadline } }

    var hasRemoved: Bool { !removed.isEmpty }
    /// There is memory that `takeRemovedShard` can give back now.
    var hasRemovedToFree: Bool { !removed.isEmpty && removed.contains { !$0.isHeld } }

    /// Databases that were emptied and wait for `release`.
    var heldIdentities: [Int] { removed.filter(\.isHeld).map { unsafe $0.database.pointee.identity } }

    /// Databases of this identity that were emptied meanwhile need not be kept any more.
    mutating func release(_ identity: Int) {
        for index in removed.indices where unsafe removed[index].database.pointee.identity == identity {
            removed[index].isHeld = false
        }
    }

    /// Lets `body` see or mark the shards of the database of this identity, even if it has been emptied and is held.
    mutating func withShards<Result>(ofIdentity identity: Int, _ body: (inout ShardDirectory) -> Result) -> Result? {
        if let index = index(ofIdentity: identity) { return body(&self[index].shards) }
        for other in removed where unsafe other.isHeld && other.database.pointee.identity == identity {
            return unsafe body(&other.database.pointee.shards)
        }
        return nil
    }

    /// A shard of a database that was emptied, with entries that nothing else names; nil when there is none
    /// left, or for now.
    mutating func takeRemovedShard() -> Shard? {
        while let index = removed.lastIndex(where: { !$0.isHeld }) {
            let last = removed[index]
            if let shard = unsafe last.database.pointee.shards.takeNext() { return shard }
            var budget = 256
            guard unsafe last.database.pointee.fieldWheel?.free(budget: &budget) != false else { return nil }
            unsafe last.database.pointee.fieldWheel = nil
            guard unsafe last.database.pointee.wheel.free(budget: &budget) else { return nil }
            unsafe last.database.pointee.shards.freeDirectory()
            unsafe last.database.deinitialize(count: 1)
            unsafe last.database.deallocate()
            removed.remove(at: index)
        }
        return nil
    }

    mutating func swap(_ first: Int, _ second: Int) {
        precondition(first >= 0 && first < count && second >= 0 && second < count)
        guard first != second else { return }
        let before = selected
        select(first)
        unsafe Swift.swap(&current, &places[second])
        select(before)
    }
}
