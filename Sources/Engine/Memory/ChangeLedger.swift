// What the saving of one large value knows of the changes made to it meanwhile: which container it is, how far the
// saving has come, and what was there before the changes. Before a command changes the value, the keyspace's door lends
// the ledger to the heap, where containers find it; they write down what they are about to change, if that has not been
// saved yet. Nothing here knows what the bytes and words mean: each container has its own use for them.

/// How far the saving of a value has come, and what has been kept for it.
struct ChangeLedger: ~Copyable {
    /// The container whose changes count, as its own word names it.
    var owner: UInt64 = 0
    /// What marks what is not to be saved any more, because it was kept here or is new; never 0.
    var mark: UInt64 = 1

    // MARK: How far the saving has come

    /// Tables: hashes from this one on are still to be saved.
    var hashBound: UInt64 = 0
    /// Trees: what comes before this score and member is still to be saved; without a bound, everything is.
    var scoreBound = 0.0
    var memberBound = Buffer()
    var hasBound = false
    /// Rows of nodes: how many of them have been saved.
    var nodesPassed = 0
    /// Streams: nodes with these numbers are still to be saved, each number two words.
    var firstID: (UInt64, UInt64) = (0, 0)
    var lastID: (UInt64, UInt64) = (.max, .max)

    // MARK: What has been kept

    /// Elements: a number of bytes, a score, and the bytes, one behind the other.
    private(set) var elements = Buffer()
    private var elementsShown = 0
    /// Rows of nodes: one word for each node in order.
    var nodes = Buffer()
    /// Streams: the word of a record with a tree of nodes by their numbers; 0 if there is none.
    var blocks: UInt64 = 0
    /// Streams: the consumer groups that there were, once somebody has asked for them, and where the walk is in them.
    var groups: [ChangingGroup] = []
    var groupsPlace = GroupsPlace()
    /// Bytes in blocks of the heap that are kept.
    var blockBytes = 0
    /// The container was given up as a whole, and belongs to the saving from now on.
    var isLeft = false

    /// Bytes that wait to be saved.
    var keptBytes: Int { elements.count &- elementsShown &+ blockBytes }

    var hasElements: Bool { elementsShown < elements.count }

    mutating func keep(_ bytes: Bytes, score: Double = 0) {
        let start = elements.count
        elements.appendZeros(16)
        elements.setWord(UInt64(bytes.count), at: start)
        elements.setWord(score.bitPattern, at: start &+ 8)
        elements.append(bytes)
    }

    /// Shows the element that was kept first, and forgets it; there must be one.
    @inline(__always) mutating func takeElement(_ body: (Bytes, Double) -> Void) {
        advance(to: show(at: elementsShown, body))
    }

    /// Shows the two that were kept first, with the score of the first one, and forgets them.
    @inline(__always) mutating func takePair(_ body: (Bytes, Bytes, Double) -> Void) {
        var end = 0
        show(at: elementsShown) { first, score in
            end = show(at: elementsShown &+ 16 &+ first.count) { second, _ in body(first, second, score) }
        }
        advance(to: end)
    }

    /// Answers where the next one begins.
    @inline(__always) @discardableResult private func show(at offset: Int, _ body: (Bytes, Double) -> Void) -> Int {
        let contents = elements.contents, count = Int(truncatingIfNeeded: contents.word(at: offset))
        let score = Double(bitPattern: contents.word(at: offset &+ 8))
        body(contents.dropping(first: offset &+ 16).prefix(count), score)
        return offset &+ 16 &+ count
    }

    @inline(__always) private mutating func advance(to offset: Int) {
        elementsShown = offset
        if offset == elements.count { forgetElements() }
    }

    private mutating func forgetElements() {
        elementsShown = 0
        // A large buffer was an exception.
        if elements.capacity > 1 << 20 { elements = Buffer() } else { elements.truncate(to: 0) }
    }
}

/// A consumer group of a stream whose deliveries change while it is being saved. Records and trees by their words.
struct ChangingGroup {
    let record: UInt64
    /// The group was removed, and its record is the saving's.
    var isLeft = false
    /// What the deliveries were that have changed, by number, or that there were none; 0 while there are no notes.
    var notes: UInt64 = 0
    /// By record, the numbers of the consumers that there were.
    let consumers: [UInt64: Int]
    /// By number, their records; 0 when they are gone.
    var consumerRecords: [UInt64]
    /// By number, those of the notes that were theirs.
    var consumerNotes: [UInt64]
}

/// Where in the groups of a stream the walk is.
struct GroupsPlace {
    enum Stage: UInt8 {
        case nodes, group, pending, changedPending, consumers, consumer, owned, changedOwned, cleanup
    }

    var stage = Stage.nodes
    var group = 0, consumer = 0
    /// The next number in a tree of deliveries, as two words.
    var id: (UInt64, UInt64) = (0, 0)
}
