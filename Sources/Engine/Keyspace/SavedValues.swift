// Values that are too large to be saved in one step. They are noted when the snapshot meets them, with all that their
// records need besides, and saved in parts, one value after the other. Until then they may change, and they may go: the
// doors find them here by their words.

/// A large value on its way into a snapshot.
struct SavedValue: ~Copyable {
    /// The number of its stream of chunks.
    let stream: Int
    let database: Int
    let key: [UInt8]
    let deadline: Int64?
    let use: KeyUseTrace
    /// A container, or else a string.
    var saving: ValueSaving?
    var string: StringSaving?
    var hasBegun = false
    /// What its changes had left here when somebody asked last.
    fileprivate var bytesCounted = (kept: 0, owned: 0)

    init(_ entry: Entry, stream: Int, database: Int, use: KeyUseTrace, _ heap: Heap) {
        (self.stream, self.database, self.use) = (stream, database, use)
        key = entry.key.array
        deadline = entry.hasDeadline ? entry.deadline : nil
        guard entry.kind == .largeString else {
            saving = ValueSaving(StoredValue(kind: entry.kind, word: entry.word), in: heap)
            string = nil
            return
        }
        saving = nil
        string = StringSaving(LargeString(word: entry.word))
    }

    /// The value is nobody's any more.
    fileprivate mutating func takeOver() {
        saving?.takeOver()
        string?.takeOver()
    }

    fileprivate var keptBytes: Int {
        switch saving {
        case .some(let saving): saving.keptBytes
        case .none: string?.keptBytes ?? 0
        }
    }

    /// Bytes that would be free but for the saving, about.
    fileprivate func ownedBytes(_ heap: Heap) -> Int {
        switch saving {
        case .some(let saving): saving.ownedBytes(in: heap)
        case .none: string?.ownedBytes ?? 0
        }
    }
}

/// A string that is being edited, and is still to be saved.
struct EditedString {
    /// Where it is noted.
    let place: Int
    /// What named it before.
    let word: UInt64
    let pages: KeptPages
}

/// All large values that a snapshot has met and not yet saved.
struct SavedValues: ~Copyable {
    private var table = SlotTable<SavedValue>()
    /// Where those are whose changes matter, by their words.
    private var places: [UInt64: Int] = [:]
    /// The order in which they are saved.
    private var queue = Queue<Int>()
    private var freePlaces: [Int] = []
    private var streamCount = SnapshotChunk.mainStream
    /// There are values that the doors must ask for.
    private(set) var isWatching = false

    /// The one that is being saved.
    private(set) var current: Int?

    var isEmpty: Bool { table.count == 0 }

    subscript(place: Int) -> SavedValue {
        _read { yield table[place] }
        _modify { yield &table[place] }
    }

    mutating func note(_ entry: Entry, database: Int, use: KeyUseTrace, _ heap: Heap) {
        streamCount += 1
        let place = freePlaces.popLast() ?? table.count
        table.insert(SavedValue(entry, stream: streamCount, database: database, use: use, heap), at: place)
        queue.append(place)
        places[entry.word] = place
        isWatching = true
    }

    /// The one that is to be saved now; nil if there is none left.
    mutating func next() -> Int? {
        if current == nil { current = queue.popFirst() }
        return current
    }

    func place(of word: UInt64) -> Int? { places[word] }

    /// Bytes that changes have left to all of them, and those of values that are nobody else's.
    private(set) var keptBytes = 0
    private(set) var ownedBytes = 0

    /// The value at this place has changed, or a part of it has been saved.
    mutating func countKept(_ place: Int) {
        let kept = table[place].keptBytes
        keptBytes += kept - table[place].bytesCounted.kept
        table[place].bytesCounted.kept = kept
    }

    /// The value at this place is to be freed by whoever saves it.
    mutating func takeOver(_ place: Int, _ heap: Heap) {
        table[place].takeOver()
        table[place].bytesCounted.owned = table[place].ownedBytes(heap)
        ownedBytes += table[place].bytesCounted.owned
    }

    /// A value has another word from now on, or, with nil, does not matter any more.
    mutating func rename(_ word: UInt64, to new: UInt64?) {
        guard let place = places.removeValue(forKey: word) else { return }
        if let new { places[new] = place }
        isWatching = !places.isEmpty
    }

    /// The current one is done with. Answers a value that is to be freed.
    mutating func endCurrent(_ heap: Heap) -> StoredValue? {
        guard let place = current else { return nil }
        current = nil
        return end(place, heap)
    }

    /// Gives up one that is still to be saved; nil if there is none.
    mutating func abandonNext(_ heap: Heap) -> StoredValue?? {
        guard let place = next() else { return nil }
        table[place].saving?.abandon(in: heap)
        return .some(endCurrent(heap))
    }

    private mutating func end(_ place: Int, _ heap: Heap) -> StoredValue? {
        if let word = table[place].saving?.value.word ?? table[place].string?.string.word, places[word] == place {
            rename(word, to: nil)
        }
        let value = table[place].saving?.takeValue() ?? table[place].string?.end(heap)
        keptBytes -= table[place].bytesCounted.kept
        ownedBytes -= table[place].bytesCounted.owned
        table.remove(at: place)
        freePlaces.append(place)
        return value
    }
}

extension StoredValue {
    /// Whether it has more elements or bytes than one step of a snapshot may take.
    func isLarge(in heap: Heap, elements: Int, bytes: Int) -> Bool {
        switch kind {
        case .string, .integer32, .integer64, .module: return false
        case .largeString: return LargeString(word: word).count > bytes
        case .hash:
            let hash = HashValue(word: word, heap: heap)
            return hash.countInMemory > elements || hash.memoryUsage > bytes
        case .set:
            let set = SetValue(word: word, heap: heap)
            return set.count > elements || set.memoryUsage > bytes
        case .sortedSet:
            let set = SortedSetValue(word: word, heap: heap)
            return set.count > elements || set.memoryUsage > bytes
        case .list:
            let list = ListValue(word: word, heap: heap)
            return list.count > elements || list.memoryUsage > bytes
        case .stream:
            let stream = StreamValue(word: word, heap: heap)
            return stream.length > elements || stream.memoryUsage > bytes
        }
    }
}
