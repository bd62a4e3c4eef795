// The saving of one large value, in parts, while commands change it: what is shown is the value as it was when the
// saving began, everything once. Nothing is copied but what changes before it has been shown.
//
//     var saving = ValueSaving(value, in: heap)          O(1); O(segments) for a list
//     saving.save(limit: 200, in: heap, to: &sink)       the next part; true when all has been shown. `sink` is an
//                                                        `ObjectWriter` behind `append(key:)`, or a `CommandWriter`
//
// What the keyspace's doors do about a value that a saving `isSaving` by its word:
//
//     saving.beginChanges(in: heap)                      before the body: lends the ledger to the heap. The first time
//                                                        this numbers the nodes of a list (some ns for each), notes the
//                                                        groups and consumers of a stream, and copies small values
//     saving.endChanges(value.word, in: heap)            after it, on every way out, with the word it has now
//
// A value that goes as a whole, or is replaced, is not freed: `saving.takeOver()` instead; it stays as it is, and
// nobody else changes it. When all has been shown, or after `abandon`, `takeValue()` gives the value back for being
// freed if it was taken over, or given up by its own code on the way. `abandon(in: heap)` ends a saving early: O(what
// was kept). While all this goes on the value must not be saved by another saving. `keptBytes` is what changes have
// left here to be shown: let the walk go ahead of the commands when it grows.
//
// Costs of a change, besides the command's own: an element's copy for hash, set and sorted set; a node's copy for list
// and stream; a note for a delivery that is pending in a group.

/// How far the saving of one large value has come.
struct ValueSaving: ~Copyable {
    let header: SavedHeader
    let properties: StreamProperties?
    /// The value that is walked; the word changes as the value's own does.
    var value: StoredValue
    var ledger = ChangeLedger()
    /// Whether changes of the value matter.
    private(set) var isShared = true
    /// The value is nobody's any more.
    private(set) var isOwned = false
    private(set) var isDone = false
    private var hasBegun = false
    private var isPrepared = false

    // MARK: How far the walk has come

    /// Sets of integers: the index.
    private var index = 0
    /// Lists that have not changed yet: the node.
    var nodePlace: PackedDirectory.Place?
    /// Streams: what the groups were when the saving began.
    var groupHeads: [GroupHead] = []
    var hasNotedGroups = false

    init(_ value: StoredValue, in heap: Heap) {
        self.value = value
        var header = SavedHeader(kind: value.kind, count: 0), properties: StreamProperties?
        switch value.kind {
        case .hash:
            let hash = HashValue(word: value.word, heap: heap)
            header.count = hash.countInMemory
            if hash.isTimed { header.earliestDeadline = hash.earliestDeadline }
            if case .table(let table) = hash.form { (ledger.owner, ledger.mark) = (table.word, table.mark) }
        case .set:
            let set = SetValue(word: value.word, heap: heap)
            header.count = set.count
            if case .table(let table) = set.form { (ledger.owner, ledger.mark) = (table.word, table.mark) }
        case .sortedSet:
            let set = SortedSetValue(word: value.word, heap: heap)
            header.count = set.count
            if set.isLarge { (ledger.owner, ledger.mark) = (set.tree.word, set.tree.mark) }
        case .list:
            let list = ListValue(word: value.word, heap: heap)
            (header.count, header.nodeCount) = (
                list.count, list.isLarge ? list.directory.nodeCount : min(list.count, 1)
            )
            if list.isLarge { (ledger.owner, nodePlace) = (list.directory.word, list.directory.first) }
        case .stream:
            let stream = StreamValue(word: value.word, heap: heap)
            (header.count, header.nodeCount) = (stream.length, stream.nodeCount)
            properties = StreamProperties(stream)
            ledger.owner = stream.word
            let last = stream.nodes.last?.id ?? .zero
            ledger.lastID = (last.milliseconds, last.sequence)
        case .string, .integer32, .integer64, .largeString, .module:
            preconditionFailure("no value that is saved in parts")
        }
        self.header = header
        self.properties = properties
    }

    /// Whether a door that changes the value with this word must call `beginChanges`.
    func isSaving(_ word: UInt64) -> Bool { isShared && value.word == word }
    /// Bytes that changes have left here.
    var keptBytes: Int { ledger.keptBytes }
    /// About the bytes of the value, if it is nobody else's.
    func ownedBytes(in heap: Heap) -> Int { isOwned ? value.estimatedMemory(in: heap) : 0 }

    // MARK: Showing

    /// Shows the next part, about `limit` elements: true when all has been shown. A sink without room gets nothing.
    mutating func save<Sink: ValueSink & ~Copyable>(limit: Int, in heap: Heap, to sink: inout Sink) -> Bool {
        precondition(!isDone && !heap.isSaving)
        if !hasBegun {
            sink.begin(header)
            hasBegun = true
        }
        var left = max(limit, 1)
        switch header.kind {
        case .hash: isDone = saveHash(&left, heap, &sink)
        case .set: isDone = saveSet(&left, heap, &sink)
        case .sortedSet: isDone = saveSortedSet(&left, heap, &sink)
        case .list: isDone = saveList(&left, heap, &sink)
        default: isDone = saveStream(&left, heap, &sink)
        }
        if isDone { end(heap) }
        return isDone
    }

    private mutating func saveHash<Sink: ValueSink & ~Copyable>(_ left: inout Int, _ heap: Heap, _ sink: inout Sink)
        -> Bool
    {
        while ledger.hasElements {
            if left <= 0 || !sink.hasRoom { return false }
            ledger.takePair { sink.append(field: .bytes($0), value: .bytes($1), deadline: Int64($2)) }
            left -= 1
        }
        let hash = HashValue(word: value.word, heap: heap)
        guard case .table(let table) = hash.form else {
            hash.forEachTimed { sink.append(field: $0.field, value: $0.value, deadline: $1) }
            return true
        }
        if left <= 0 || !sink.hasRoom { return false }
        return table.forEachUnsaved(&ledger) { item in
            sink.append(field: .bytes(item.member), value: .bytes(item.value), deadline: item.deadline)
            left -= 1
            return left > 0 && sink.hasRoom
        }
    }

    private mutating func saveSet<Sink: ValueSink & ~Copyable>(_ left: inout Int, _ heap: Heap, _ sink: inout Sink)
        -> Bool
    {
        while ledger.hasElements {
            if left <= 0 || !sink.hasRoom { return false }
            ledger.takeElement { member, _ in sink.append(member: .bytes(member)) }
            left -= 1
        }
        let set = SetValue(word: value.word, heap: heap)
        switch set.form {
        case .integers(let integers):
            _ = set.forEach(from: &index, limit: left) { sink.append(member: $0) }
            return index == integers.count
        case .packed:
            set.forEach { sink.append(member: $0) }
            return true
        case .table(let table):
            if left <= 0 || !sink.hasRoom { return false }
            return table.forEachUnsaved(&ledger) { item in
                sink.append(member: .bytes(item.member))
                left -= 1
                return left > 0 && sink.hasRoom
            }
        }
    }

    private mutating func saveSortedSet<Sink: ValueSink & ~Copyable>(
        _ left: inout Int, _ heap: Heap, _ sink: inout Sink
    ) -> Bool {
        while ledger.hasElements {
            if left <= 0 || !sink.hasRoom { return false }
            ledger.takeElement { sink.append(member: .bytes($0), score: $1) }
            left -= 1
        }
        let set = SortedSetValue(word: value.word, heap: heap)
        guard set.isLarge else {
            set.forEach(in: 0..<set.count, backwards: true) { sink.append(member: $0, score: $1) }
            return true
        }
        if left <= 0 || !sink.hasRoom { return false }
        return set.tree.forEachUnsaved(&ledger) { item, score in
            sink.append(member: .bytes(item.member), score: score)
            left -= 1
            return left > 0 && sink.hasRoom
        }
    }

    // MARK: Changes

    /// The value may change until `endChanges`.
    mutating func beginChanges(in heap: Heap) {
        guard isShared else { return }
        if !isPrepared { prepareForChanges(heap) }
        if isShared { heap.lend(&ledger) }
    }

    /// The value has this word now.
    mutating func endChanges(_ word: UInt64, in heap: Heap) {
        guard isShared else { return }
        heap.takeBack(&ledger)
        if ledger.isLeft {
            (isOwned, isShared) = (true, false)
        } else if ledger.owner == 0 {
            // All that is still to be shown is in the ledger.
            isShared = false
        } else {
            value.word = word
        }
    }

    private mutating func prepareForChanges(_ heap: Heap) {
        isPrepared = true
        switch header.kind {
        case .list where ledger.owner != 0: ListValue(word: value.word, heap: heap).directory.number(&ledger)
        case .stream: noteGroups(heap)
        default:
            guard ledger.owner == 0 else { return }
            // A small value: the copy is the saving's own.
            value.word = value.copied(in: heap)
            (isOwned, isShared) = (true, false)
        }
    }

    /// Nobody else has the value any more.
    mutating func takeOver() {
        if isShared { (isOwned, isShared) = (true, false) }
    }

    // MARK: The end

    /// Gives up: the rest is not shown.
    mutating func abandon(in heap: Heap) {
        if isDone { return }
        isDone = true
        // Whoever frees the value does not care for marks.
        if ledger.owner != 0, !isOwned {
            switch header.kind {
            case .hash, .set: HashTable<SetMember>(word: ledger.owner, heap: heap).forgetMarks()
            case .sortedSet: CountedTree(word: ledger.owner, heap: heap).forgetMarks()
            default: break
            }
        }
        end(heap)
    }

    private mutating func end(_ heap: Heap) {
        isShared = false
        if header.kind == .list { ledger.freeNodes(in: heap) }
        if header.kind == .stream {
            ledger.freeBlocks(in: heap)
            freeGroups(heap)
        }
        ledger = ChangeLedger()
    }

    /// The value, if it is nobody's any more: to be freed. Only when the saving is over.
    mutating func takeValue() -> StoredValue? {
        precondition(isDone)
        if !isOwned { return nil }
        isOwned = false
        return value
    }
}
