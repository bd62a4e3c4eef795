// A container that is read in several parts, because it is too large for one. What its reader gets is the picture of
// the moment when the reading began: before the container changes, what is still to be read of it is copied; a
// container that goes is kept until the last reader is done with it.
// Nothing here knows who reads, or what for.

/// Which parts of its elements a reader wants.
enum ReadingPart { case elements, fields, values, fieldsAndValues, membersAndScores }

/// One container on its way to a reader.
struct Reading: ~Copyable {
    private(set) var value: StoredValue
    private let part: ReadingPart
    private let isBackwards: Bool
    /// Fields that ended before this moment were no more when the reading began.
    private let horizon: Int64
    /// Where the rest begins: the number of a shard, or an index; where it ends, if it is read backwards.
    private var place: Int
    /// Elements that are still to be shown; a field with its value is one.
    private(set) var left: Int
    /// The container is nobody's any more: whoever reads it last frees it.
    fileprivate(set) var isLeftToReaders: Bool
    /// What was still to be read when the container was about to change.
    private var copy = Buffer()
    private var copyOffset = 0
    private var isDetached = false

    /// The elements of `range` in a list or sorted set, or all of them; `isOwned` if nobody else has the container.
    init(
        _ value: StoredValue, _ part: ReadingPart, _ range: Range<Int>, backwards: Bool = false, isOwned: Bool = false,
        horizon: Int64
    ) {
        self.value = value
        self.horizon = horizon
        self.part = part
        isBackwards = backwards
        place = backwards ? range.upperBound : range.lowerBound
        left = range.count
        isLeftToReaders = isOwned
    }

    /// Bytes of the copy.
    var memoryUsed: Int { copy.capacity }

    func reads(_ word: UInt64) -> Bool { !isDetached && value.word == word }

    /// Shows about `limit` elements; a field and its value are shown one after the other. Only members with scores have
    /// a score.
    @inline(__always) mutating func read(_ limit: Int, _ heap: Heap, _ body: (StringValue, Double) -> Void) {
        if _slowPath(isDetached) { return readCopy(limit, body) }
        let wanted = min(limit, left)
        switch value.kind {
        case .set: left -= SetValue(word: value.word, heap: heap).forEach(from: &place, limit: wanted) { body($0, 0) }
        case .hash: readHash(HashValue(word: value.word, heap: heap), wanted, body)
        case .list:
            let range = take(wanted)
            ListValue(word: value.word, heap: heap).forEach(in: range, backwards: isBackwards) { body($0, 0) }
        case .sortedSet:
            let set = SortedSetValue(word: value.word, heap: heap)
            // A small set has no way to begin in its middle.
            set.forEach(in: take(set.isLarge ? wanted : left), backwards: isBackwards, body)
        case .string, .integer32, .integer64, .largeString, .stream, .module:
            preconditionFailure("no container that is read in parts")
        }
    }

    @inline(__always) private mutating func take(_ count: Int) -> Range<Int> {
        left -= count
        place += isBackwards ? -count : count
        return isBackwards ? place..<place + count : place - count..<place
    }

    @inline(__always)
    private mutating func readHash(_ hash: HashValue, _ limit: Int, _ body: (StringValue, Double) -> Void) {
        switch part {
        case .fields: left -= hash.forEach(from: &place, limit: limit, horizon: horizon) { body($0.field, 0) }
        case .values: left -= hash.forEach(from: &place, limit: limit, horizon: horizon) { body($0.value, 0) }
        default:
            left -= hash.forEach(from: &place, limit: limit, horizon: horizon) {
                body($0.field, 0)
                body($0.value, 0)
            }
        }
    }

    // MARK: Copies

    /// Makes the reading independent of the container.
    fileprivate mutating func detach(_ heap: Heap) {
        var copy = Buffer()
        let all = left
        while left > 0 {
            read(left, heap) { element, score in
                element.withBytes { bytes in
                    let start = copy.count
                    copy.appendZeros(16)
                    copy.setWord(UInt64(bytes.count), at: start)
                    copy.setWord(score.bitPattern, at: start + 8)
                    copy.append(bytes)
                }
            }
        }
        left = all
        swap(&copy, &self.copy)
        isDetached = true
    }

    @inline(never) private mutating func readCopy(_ limit: Int, _ body: (StringValue, Double) -> Void) {
        let wanted = min(limit, left)
        var offset = copyOffset
        for _ in 0..<(part == .fieldsAndValues ? 2 * wanted : wanted) { offset = showCopied(at: offset, body) }
        copyOffset = offset
        left -= wanted
    }

    /// Answers where the next element begins.
    private func showCopied(at offset: Int, _ body: (StringValue, Double) -> Void) -> Int {
        let contents = copy.contents, count = Int(truncatingIfNeeded: contents.word(at: offset))
        let score = Double(bitPattern: contents.word(at: offset + 8))
        body(.bytes(contents.dropping(first: offset + 16).prefix(count)), score)
        return offset + 16 + count
    }
}

/// All that is being read, by the number that each reader has chosen.
struct Readings: ~Copyable {
    private var table = SlotTable<Reading>()
    private(set) var readers: [Int] = []
    /// Those whose containers have changed, and who have copies since.
    private var detached: [Int] = []

    @inline(__always) var hasDetached: Bool { !detached.isEmpty }

    @inline(__always) var isEmpty: Bool { readers.isEmpty }

    subscript(reader: Int) -> Reading {
        @inline(__always) _read { yield table[reader] }
        @inline(__always) _modify { yield &table[reader] }
    }

    mutating func add(_ reading: consuming Reading, by reader: Int) {
        table.insert(reading, at: reader)
        readers.append(reader)
    }

    mutating func remove(_ reader: Int) {
        table.remove(at: reader)
        readers.removeAll { $0 == reader }
    }

    func contains(_ reader: Int) -> Bool { table.contains(reader) }

    fileprivate mutating func detach(_ reader: Int, _ heap: Heap) {
        table[reader].detach(heap)
        detached.append(reader)
    }

    mutating func takeDetached() -> [Int] {
        defer { detached.removeAll(keepingCapacity: true) }
        return detached
    }

    /// Whether anybody still reads the container that this word names.
    func read(_ word: UInt64) -> Bool { readers.contains { table[$0].reads(word) } }
}

extension Keyspace {
    /// The reader is done with its container, or gives up.
    mutating func endReading(by reader: Int) {
        guard readings.contains(reader) else { return }
        let value = readings[reader].value
        let isLast = readings[reader].isLeftToReaders && readings[reader].reads(value.word)
        readings.remove(reader)
        if isLast, !readings.read(value.word) { dispose(value) }
    }

    /// The container of this word is about to change: its readers get copies of what they have not read.
    @inline(never) mutating func detachReadings(of word: UInt64) {
        for reader in readings.readers where readings[reader].reads(word) { readings.detach(reader, heap) }
    }

    /// The container is to be freed: true if that is up to its readers.
    @inline(never) mutating func leaveToReaders(_ value: StoredValue) -> Bool {
        guard readings.read(value.word) else { return false }
        for reader in readings.readers where readings[reader].reads(value.word) {
            readings[reader].isLeftToReaders = true
        }
        return true
    }
}
