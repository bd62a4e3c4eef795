// What DUMP, RESTORE and files need of a stream. Reading: `forEachNode`, then `length`, `lastID`, `firstID`,
// `largestDeletedID`, `entriesAdded`, then `groups` (`name`, `lastID`, `entriesRead`, `pending(in:)`, whose words are
// each a `StreamDelivery`, and `consumers` with `name`, `seenTime`, `activeTime` and `pending(in:)`).
//
// Building one from bytes that nobody vouches for: `StreamValue.empty`, `appendNode` for each node, the same properties
// set, `addGroup`, `StreamGroup.addDelivery` for the group's pending entries, `addConsumer`, `claim` for each of the
// consumer's; and last `isComplete`, which must be true. If anything is refused, the stream is to be freed.

extension StreamValue {
    /// Every node: the number by which the tree knows it, and its listpack as Redis has it.
    func forEachNode(_ body: (StreamID, Bytes) -> Void) {
        nodes.forEach { body($0, ListpackBlock(word: $1).bytes) }
    }

    /// How many nodes there are.
    var nodeCount: Int { nodes.count }

    /// Takes in a node from elsewhere; false if anything about it is wrong, or if it does not lie behind the others.
    func appendNode(_ id: StreamID, _ bytes: Bytes) -> Bool {
        guard let pack = Listpack(checking: bytes), let content = StreamNodeCheck.check(pack, id) else { return false }
        if let last = nodes.last {
            guard last.id < id else { return false }
            var cursor = cursor(from: last.id, backwards: true, showingDeleted: true)
            if cursor.next(), let first = content.firstID, cursor.id >= first { return false }
        }
        let node = ListpackBlock(pack, in: heap)
        nodeBytes &+= node.memoryUsage
        return nodes.insert(id, node.word)
    }

    /// The entries of all nodes are as many as `length` says, in order up to `lastID`, and each delivery has a
    /// consumer.
    var isComplete: Bool {
        var live = 0, isRight = true
        nodes.forEach { _, word in
            let node = ListpackBlock(word: word)
            live &+= Int(truncatingIfNeeded: node.integer(at: node.first))
        }
        let groups = groups
        for index in 0..<groups.count {
            groups[index].pending(in: heap).forEach { _, word in
                if StreamDelivery(word: word).consumer == nil { isRight = false }
            }
        }
        return isRight && live == length && lastEntryID ?? .zero <= lastID
    }
}

extension StreamGroup {
    /// Gives the consumer a delivery that the group has and nobody else; false if there is none such.
    func claim(_ id: StreamID, for consumer: StreamConsumer, in heap: Heap) -> Bool {
        guard let delivery = delivery(id, in: heap), delivery.consumer == nil else { return false }
        assign(delivery, id, to: consumer, in: heap)
        return true
    }
}

/// Looks whether a listpack is a node of a stream, down to the last element. It reads on as long as all is well.
struct StreamNodeCheck: ~Escapable {
    /// What is known of a node that is in order.
    struct Content {
        /// Of all entries, deleted ones too; nil if there is none.
        var firstID: StreamID?
        var live = 0, deleted = 0
    }

    private let pack: Listpack
    private var position: Int

    @_lifetime(copy pack)
    private init(_ pack: Listpack) {
        self.pack = pack
        position = pack.first
    }

    /// Nil if it is none.
    static func check(_ pack: Listpack, _ id: StreamID) -> Content? {
        var check = StreamNodeCheck(pack)
        return check.run(id)
    }

    @_lifetime(self: copy self)
    private mutating func run(_ master: StreamID) -> Content? {
        guard let live = integer(), let deleted = integer(), let fields = integer(), live >= 0, deleted >= 0,
            live <= pack.count, deleted <= pack.count, skip(fields), integer() == 0
        else { return nil }
        var content = Content(), last = master
        while position < pack.end {
            guard let entry = entry(master, fields) else { return nil }
            if content.firstID == nil {
                guard entry.id >= master else { return nil }
                content.firstID = entry.id
            } else if entry.id <= last {
                return nil
            }
            last = entry.id
            if entry.isDeleted { content.deleted += 1 } else { content.live += 1 }
        }
        return content.live == live && content.deleted == deleted ? content : nil
    }

    @_lifetime(self: copy self)
    private mutating func entry(_ master: StreamID, _ masterFields: Int64) -> (id: StreamID, isDeleted: Bool)? {
        // Flags are replaced where they are, and have one byte for that.
        guard position < pack.end, pack.bytes[position] <= 3 else { return nil }
        guard let flags = integer(), let milliseconds = integer(), let sequence = integer() else { return nil }
        var elements: Int64 = 3
        if flags & StreamCursor.sameFieldsFlag != 0 {
            guard skip(masterFields) else { return nil }
            elements += masterFields
        } else {
            guard let fields = integer(), skip(fields), skip(fields) else { return nil }
            elements += 1 + 2 * fields
        }
        guard integer() == elements else { return nil }
        let id = StreamID(
            master.milliseconds &+ UInt64(bitPattern: milliseconds), master.sequence &+ UInt64(bitPattern: sequence))
        return (id, flags & StreamCursor.deletedFlag != 0)
    }

    /// The element here as a number, and on to the next.
    @_lifetime(self: copy self)
    private mutating func integer() -> Int64? {
        guard position < pack.end, let integer = pack.element(at: position).integer else { return nil }
        position = pack.next(position)
        return integer
    }

    /// Over `count` elements, if there are as many.
    @_lifetime(self: copy self)
    private mutating func skip(_ count: Int64) -> Bool {
        guard count >= 0, count <= pack.count else { return false }
        for _ in 0..<count {
            guard position < pack.end else { return false }
            position = pack.next(position)
        }
        return true
    }
}
