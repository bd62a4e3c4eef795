// What no key holds any more. A value of few blocks is freed on the spot, as long as the turn has an allowance for
// that; all others wait here, are given back bit by bit, and count as freed from the moment they came. How much they
// occupy is estimated then, because nobody may walk through them, and put right as they go.

internal import Platform

/// Values whose memory is given back bit by bit.
struct RemovedValues {
    /// A value of more blocks waits; the number is Redis's.
    static let mostBlocksAtOnce = 64
    /// What may be freed on the spot in one turn, in blocks.
    static let blocksPerTurn = 4096
    /// What waits is given back for so long in one turn where memory is short, and a portion more.
    static let longestMicroseconds: UInt64 = 1000

    private struct Waiting {
        var value: StoredValue
        /// What it still occupies; nil if that has been counted with a whole database.
        var memory: Int?
    }

    private var waiting: [Waiting] = []
    /// What values and flushed databases that wait still occupy.
    private var valueMemory = 0 { didSet { memory &+= valueMemory &- oldValue } }
    private var databaseMemory = 0 { didSet { memory &+= databaseMemory &- oldValue } }
    /// The sum of both, which is asked for after each command.
    private(set) var memory = 0
    /// Values of flushed databases that wait.
    private var databaseValues = 0
    /// What may still be freed on the spot, in blocks.
    var allowance = blocksPerTurn
    /// Keys of flushed databases that are still there.
    private(set) var keyCount = 0
    /// Values, and keys of flushed databases, that were given back bit by bit.
    var freedCount = 0

    var isEmpty: Bool { waiting.isEmpty }

    /// What INFO calls pending objects.
    var pendingCount: Int { waiting.count + keyCount }

    /// Whether a value of so many blocks is freed on the spot, which uses up the allowance.
    @inline(__always) mutating func mayFree(blocks: Int) -> Bool {
        guard blocks <= RemovedValues.mostBlocksAtOnce, blocks <= allowance else { return false }
        allowance &-= blocks
        return true
    }

    mutating func append(_ value: StoredValue, memory: Int?) {
        waiting.append(Waiting(value: value, memory: memory))
        if let memory { valueMemory += memory } else { databaseValues += 1 }
    }

    /// A database of so many keys was emptied, which occupy about so much.
    mutating func noteFlush(keys: Int, memory: Int) {
        keyCount += keys
        databaseMemory += memory
    }

    /// So much of flushed databases has been given back.
    mutating func noteFreed(keys: Int, memory: Int) {
        keyCount -= keys
        freedCount += keys
        databaseMemory -= min(memory, databaseMemory)
    }

    /// No flushed database is left: if there are no values of one either, all has been given back, whatever was
    /// estimated.
    mutating func noteNoDatabase() { if databaseValues == 0 { (databaseMemory, keyCount) = (0, 0) } }

    /// Gives back parts of values, as long as there is some budget; one unit is about one block.
    mutating func freeSome(_ budget: inout Int, _ heap: Heap) {
        while budget > 0, let last = waiting.indices.last {
            let before = heap.used
            let isFreed = waiting[last].value.free(budget: &budget, to: heap)
            let freed = max(0, before - heap.used)
            if let held = waiting[last].memory {
                let gone = isFreed ? held : min(freed, held)
                waiting[last].memory = held - gone
                valueMemory -= gone
                if isFreed { freedCount += 1 }
            } else {
                databaseMemory -= min(freed, databaseMemory)
                if isFreed { databaseValues -= 1 }
            }
            if isFreed { waiting.removeLast() }
        }
        // A moment of many removals shall not be remembered for ever.
        if waiting.isEmpty, waiting.capacity > 1024 { waiting = [] }
    }
}

extension Keyspace {
    /// What has been removed still occupies so much, and counts as freed already.
    @inline(__always) var removedMemory: Int { removed.memory }

    /// What waits to be given back fills memory that is needed: commands must not run ahead of the giving back.
    @inline(__always) var isOverfull: Bool { removed.memory > 0 && heap.used &- memoryToHold / 8 > memoryToHold }

    /// There is something that can be given back now.
    var hasRemovedToFree: Bool { !removed.isEmpty || databases.hasRemovedToFree }

    /// Gives back until the heap is no larger than this, or until it has taken long enough for one command.
    mutating func giveBack(downTo size: Int) {
        for _ in 0..<16 where heap.used > size && hasRemovedToFree {
            var budget = 512
            giveBack(&budget)
        }
    }

    /// Frees a value at once if that is little work, and else bit by bit. `isCounted` if what it occupies was counted
    /// with a flushed database.
    @inline(never) mutating func dispose(_ value: StoredValue, isCounted: Bool = false) {
        if _slowPath(!readings.isEmpty), leaveToReaders(value) { return }
        if _slowPath(savedValues.isWatching), leaveToSnapshot(value) { return }
        if _fastPath(removed.mayFree(blocks: value.blockCount(in: heap))) { return discard(value) }
        removed.append(value, memory: isCounted ? nil : value.estimatedMemory(in: heap))
    }

    /// Empties all databases and waits for their memory: what comes instead may be as large.
    mutating func flushAllAndGiveBack() {
        flushAll()
        while freeSome(budget: 1 << 20) {}
    }

    /// Gives back memory of what was removed; one unit of budget is about one block. True if more is left to do.
    @discardableResult
    mutating func freeSome(budget: Int) -> Bool {
        removed.allowance = RemovedValues.blocksPerTurn
        if _fastPath(removed.isEmpty && !databases.hasRemovedToFree && !feed.trackedKeys.hasRetired) {
            return heap.trim(budget: 2)
        }
        // Where memory is short, giving back comes before speed; but blocks that lie far apart take long.
        let isShort = heap.used > memoryToHold
        let end = Ticks.now &+ RemovedValues.longestMicroseconds &* Ticks.perMicrosecond
        var rest = budget
        giveBack(&rest)
        for _ in 1..<5 where isShort && hasRemovedToFree && Ticks.now < end {
            rest = budget
            giveBack(&rest)
        }
        let hasForgottenKeys = feed.editTrackedKeys { $0.freeSome(budget: max(rest, 64)) }
        var hasUntrimmedMemory = heap.trim(budget: 2)
        for _ in 2..<8 where isShort && hasUntrimmedMemory && Ticks.now < end {
            hasUntrimmedMemory = heap.trim(budget: 1)
        }
        return !removed.isEmpty || databases.hasRemovedToFree || hasForgottenKeys || hasUntrimmedMemory
    }

    private mutating func giveBack(_ budget: inout Int) {
        removed.freeSome(&budget, heap)
        while budget > 0, databases.hasRemovedToFree {
            guard let shard = databases.takeRemovedShard() else { break }
            free(shard, &budget)
        }
        if !databases.hasRemoved { removed.noteNoDatabase() }
    }

    /// Frees a part of a flushed database; large values wait with the others.
    private mutating func free(_ shard: Shard, _ budget: inout Int) {
        let before = heap.used
        var keys = 0
        removed.allowance = budget
        shard.forEach { entry in
            keys += 1
            dispose(entry, isCounted: true)
        }
        shard.free(to: heap)
        budget = removed.allowance - keys
        removed.allowance = RemovedValues.blocksPerTurn
        removed.noteFreed(keys: keys, memory: max(0, before - heap.used))
    }
}

extension StoredValue {
    /// How many blocks the value has at least, as far as that is known at once: what freeing it costs.
    @inline(__always) func blockCount(in heap: Heap) -> Int {
        switch kind {
        case .string, .integer32, .integer64, .module: 0
        case .largeString: 1
        case .hash: HashValue(word: word, heap: heap).blockCount
        case .set: SetValue(word: word, heap: heap).blockCount
        case .list: ListValue(word: word, heap: heap).blockCount
        case .sortedSet: SortedSetValue(word: word, heap: heap).blockCount
        case .stream: StreamValue(word: word, heap: heap).blockCount
        }
    }

    /// About what the value's blocks occupy, without a walk through all of them.
    func estimatedMemory(in heap: Heap) -> Int {
        switch kind {
        case .list: ListValue(word: word, heap: heap).estimatedMemory
        case .stream: StreamValue(word: word, heap: heap).estimatedMemory
        default: memoryUsage(in: heap)
        }
    }
}
