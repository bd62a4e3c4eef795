// A value whose elements stand one by one, or node by node, as it is being read: it can be left between two elements
// and gone on with when more bytes are there, so that neither its bytes need to be in memory together nor anybody has
// to wait for all of them. Streams have their own way, in `GrowingStream`.

/// What there is of a value, and how many elements are still to come.
struct GrowingValue: ~Copyable {
    let type: ObjectType
    private let heap: Heap
    private var word: UInt64
    /// Elements or nodes that are still to come.
    private var rest: Int
    /// Where in the bytes that were read last an element begins that is not part of the value yet.
    private(set) var mark: Int
    private var fields = FieldCollector()
    private var stream: GrowingStream
    /// A single node that is no listpack keeps Redis from making the list small.
    private var hasPlainNode = false
    private let count: Int
    private var text = Buffer(), otherText = Buffer()

    /// Behind the type: what comes before the first element.
    init(_ type: ObjectType, from source: inout PayloadReader, in heap: Heap) throws(PayloadError) {
        let leastSize = GrowingValue.leastSize(of: type)
        count = try source.count(leastSize: leastSize)
        self.type = type
        self.heap = heap
        rest = count
        mark = source.offset
        stream = GrowingStream(type, nodes: count)
        let limits = heap.limits
        // No more room than for members of some length, of which the file can hold so many.
        let expected = min(count, source.remainingInAll / 8)
        switch type {
        case .list, .quicklist, .quicklistOfZiplists: word = ListValue.emptyLarge(in: heap).word
        case .set:
            // As in Redis, their number decides whether the set begins as one of integers.
            let isTable = count > limits.integerSetEntries || count > ObjectReader.mostSearched
            word = isTable ? SetValue.emptyTable(in: heap, reserving: expected).word : SetValue.empty(in: heap).word
        case .textSortedSet, .sortedSet:
            var set = SortedSetValue.empty(in: heap)
            if count > limits.sortedSetEntries || count > ObjectReader.mostSearched / 8 {
                set.becomeLarge(reserving: expected)
            }
            word = set.word
        case .hash:
            var hash = HashValue.empty(in: heap)
            if count > limits.hashEntries { hash.becomeLarge(reserving: expected) }
            fields = FieldCollector(expecting: count, in: &hash, heap)
            word = hash.word
        default:
            precondition(type.isStream, "the type has no elements")
            word = StreamValue.empty(in: heap).word
        }
    }

    /// How many bytes an element has at least.
    private static func leastSize(of type: ObjectType) -> Int {
        switch type {
        case .hash, .textSortedSet, .sortedSet: 2
        case let type where type.isStream: 2
        default: 1
        }
    }

    private var kind: Entry.Kind {
        switch type {
        case .list, .quicklist, .quicklistOfZiplists: .list
        case .set: .set
        case .textSortedSet, .sortedSet: .sortedSet
        case .hash: .hash
        default: .stream
        }
    }

    /// Frees what there is.
    mutating func discard() {
        var stored = StoredValue(kind: kind, word: word), budget = Int.max
        _ = stored.free(budget: &budget, to: heap)
    }

    /// Reads on, until the place in the bytes is behind `limit`; true if the value is complete.
    mutating func read(from source: inout PayloadReader, through limit: Int = .max) throws(PayloadError) -> Bool {
        mark = source.offset
        switch type {
        case .list: try readElements(from: &source, through: limit)
        case .quicklist, .quicklistOfZiplists: try readNodes(from: &source, through: limit)
        case .set: try readMembers(from: &source, through: limit)
        case .textSortedSet, .sortedSet: try readScoredMembers(from: &source, through: limit)
        case .hash: try readFields(from: &source, through: limit)
        default:
            defer { mark = stream.mark }
            return try stream.read(word, from: &source, through: limit, in: heap)
        }
        return rest == 0
    }

    /// The complete value, which is the caller's; nothing is left of one that is refused.
    mutating func finish() throws(PayloadError) -> StoredValue {
        var isEmpty = false
        switch kind {
        case .list:
            var list = ListValue(word: word, heap: heap)
            if !hasPlainNode { list.becomeSmallIfWithinLimits() }
            (word, isEmpty) = (list.word, list.endsKey)
        case .set:
            var set = SetValue(word: word, heap: heap)
            if count <= heap.limits.integerSetEntries { set.makeIntegersIfPossible() }
            (word, isEmpty) = (set.word, set.endsKey)
        case .sortedSet:
            var set = SortedSetValue(word: word, heap: heap)
            set.becomeSmallIfPossible()
            (word, isEmpty) = (set.word, set.endsKey)
        case .hash: isEmpty = HashValue(word: word, heap: heap).endsKey
        default: break
        }
        guard !isEmpty else {
            discard()
            throw .empty
        }
        return StoredValue(kind: kind, word: word)
    }
}

extension GrowingValue {
    private mutating func readElements(from source: inout PayloadReader, through limit: Int) throws(PayloadError) {
        var list = ListValue(word: word, heap: heap)
        defer { word = list.word }
        while rest > 0, source.offset <= limit {
            list.push(try source.string(&text), at: .tail)
            rest &-= 1
            mark = source.offset
        }
    }

    private mutating func readNodes(from source: inout PayloadReader, through limit: Int) throws(PayloadError) {
        var list = ListValue(word: word, heap: heap)
        defer { word = list.word }
        while rest > 0, source.offset <= limit {
            let isPlain = try list.appendNode(type, from: &source, &text, heap)
            hasPlainNode = hasPlainNode || isPlain
            rest &-= 1
            mark = source.offset
        }
    }

    private mutating func readMembers(from source: inout PayloadReader, through limit: Int) throws(PayloadError) {
        var set = SetValue(word: word, heap: heap), pace = LookAhead()
        defer { word = set.word }
        while rest > 0, source.offset <= limit {
            if pace.isDue {
                pace.look(source) { ahead in
                    guard let member = ahead.plainString() else { return false }
                    set.prefetch(member)
                    return true
                }
            }
            guard set.insert(try source.string(&text)) else { throw .malformed }
            rest &-= 1
            mark = source.offset
        }
    }

    private mutating func readScoredMembers(
        from source: inout PayloadReader, through limit: Int
    ) throws(PayloadError) {
        var set = SortedSetValue(word: word, heap: heap), pace = LookAhead()
        defer { word = set.word }
        let type = type
        var text = Buffer()
        swap(&text, &self.text)
        defer { swap(&text, &self.text) }
        while rest > 0, source.offset <= limit {
            if pace.isDue, type == .sortedSet {
                pace.look(source) { ahead in
                    guard let member = ahead.plainString() else { return false }
                    set.prefetch(member)
                    return ahead.skip(8)
                }
            }
            let member = try source.string(&text)
            let score = type == .sortedSet ? try source.binaryScore() : try source.textScore()
            guard set.add(member, score: score).change == .added else { throw .malformed }
            rest &-= 1
            mark = source.offset
        }
    }

    private mutating func readFields(from source: inout PayloadReader, through limit: Int) throws(PayloadError) {
        var hash = HashValue(word: word, heap: heap), pace = LookAhead()
        defer { word = hash.word }
        var text = Buffer(), otherText = Buffer()
        swap(&text, &self.text)
        swap(&otherText, &self.otherText)
        defer {
            swap(&text, &self.text)
            swap(&otherText, &self.otherText)
        }
        while rest > 0, source.offset <= limit {
            if pace.isDue {
                pace.look(source) { ahead in
                    guard let field = ahead.plainString() else { return false }
                    hash.prefetch(field)
                    return ahead.plainString() != nil
                }
            }
            let field = try source.string(&text)
            try fields.add(field, try source.string(&otherText), to: &hash)
            rest &-= 1
            mark = source.offset
        }
    }
}

/// Looks at the next elements before they are read, so that the memory that they need is on its way.
private struct LookAhead {
    private static let distance = 16
    private var count = 0

    /// As many elements have been read as were looked at.
    var isDue: Bool {
        mutating get {
            count &-= 1
            return count < 0
        }
    }

    /// `body` looks at an element and goes on behind it; false ends it.
    @inline(__always) mutating func look(_ source: PayloadReader, _ body: (inout PayloadReader) -> Bool) {
        var ahead = source
        count = LookAhead.distance
        var left = LookAhead.distance
        while left > 0, body(&ahead) { left &-= 1 }
    }
}
