// Walks over the entries of a stream between two numbers, in either direction.
//
// A node is a listpack that begins with a master entry, whose fields the others need not repeat:
//
//     entries, deleted entries, number of fields, field …, 0
//     flags, milliseconds, sequence, value …, number of elements so far                    flags & 2: master's fields
//     flags, milliseconds, sequence, number of fields, field, value, …, number of elements so far
//
// Milliseconds and sequence are what is to be added to the number by which the tree knows the node. flags & 1 marks a
// deleted entry. A cursor ends at the next change of its stream.

/// A place in a stream, at an entry or before the first.
struct StreamCursor: BitwiseCopyable {
    static let deletedFlag: Int64 = 1, sameFieldsFlag: Int64 = 2

    private let start: StreamID, end: StreamID
    private let isBackwards: Bool, showsDeleted: Bool
    /// The node of the entry.
    private(set) var place: IDTree.Place?
    private var isOpen = false
    private var nodeWord: UInt64 = 0
    /// Of the open node: its number, its fields, and where its entries begin.
    private var masterID = StreamID.zero, masterFieldCount = 0, masterFields = 0, entries = 0
    /// Entries of the open node that have not been read, deleted ones among them.
    private var unread = 0
    /// Where the walk goes on: forwards the next entry, backwards the one that was shown last.
    private var position = 0

    /// The entry.
    private(set) var id = StreamID.zero
    private(set) var fieldCount = 0
    private(set) var flags: Int64 = 0
    /// Where its flags are, and what follows numbers and count.
    private(set) var flagsPosition = 0
    private var contents = 0
    /// Forwards: the end of the entry has not been looked for.
    private var isInside = false

    /// Looks for the first node; `next` finds the first entry.
    @inline(__always)
    init(_ nodes: IDTree, from start: StreamID, through end: StreamID, backwards: Bool, showingDeleted: Bool) {
        (self.start, self.end, isBackwards, showsDeleted) = (start, end, backwards, showingDeleted)
        let isWhole = backwards ? end == .largest : start.isZero
        place = isWhole ? (backwards ? nodes.last : nodes.first) : nodes.floor(backwards ? end : start)
        if place == nil, !backwards { place = nodes.first }
    }

    /// Only while there is a place.
    @inline(__always) var node: ListpackBlock { ListpackBlock(word: nodeWord) }

    private var hasSameFields: Bool { flags & StreamCursor.sameFieldsFlag != 0 }
    var isDeleted: Bool { flags & StreamCursor.deletedFlag != 0 }

    /// Goes to the next entry in the range; false if there is none.
    mutating func next() -> Bool {
        while let here = place {
            if !isOpen { open(here) }
            if isBackwards ? nextBackwards() : nextForwards() { return true }
            guard place != nil else { return false }
            place = isBackwards ? here.previous : here.next
            isOpen = false
        }
        return false
    }

    @inline(__always) private mutating func open(_ place: IDTree.Place) {
        nodeWord = place.word
        masterID = place.id
        let deleted = node.next(node.first), count = node.next(deleted)
        unread = Int(truncatingIfNeeded: node.integer(at: node.first) &+ node.integer(at: deleted))
        masterFieldCount = Int(truncatingIfNeeded: node.integer(at: count))
        masterFields = node.next(count)
        entries = node.next(node.skip(masterFieldCount, from: masterFields))
        position = isBackwards ? node.end : entries
        (isOpen, isInside) = (true, false)
    }

    /// False at the end of the node, and, without a place, behind the range.
    @inline(__always) private mutating func nextForwards() -> Bool {
        if isInside { leave() }
        let end = node.end
        while position < end {
            read(at: position)
            isInside = true
            if id >= start {
                if _slowPath(id > self.end) {
                    place = nil
                    return false
                }
                if _fastPath(!isDeleted || showsDeleted) { return true }
            }
            leave()
        }
        return false
    }

    @inline(__always) private mutating func nextBackwards() -> Bool {
        while position > entries {
            position = unread == 1 ? entries : previousEntry()
            read(at: position)
            if id <= end {
                if _slowPath(id < start) {
                    place = nil
                    return false
                }
                if _fastPath(!isDeleted || showsDeleted) { return true }
            }
        }
        return false
    }

    /// Where the entry begins that ends at `position`.
    @inline(__always) private func previousEntry() -> Int {
        var place = node.previous(position), left = node.integer(at: place)
        while left > 0 {
            place = node.previous(place)
            left &-= 1
        }
        return place
    }

    /// Reads the entry that begins at `place`, as far as its contents.
    @inline(__always) private mutating func read(at place: Int) {
        unread &-= 1
        flagsPosition = place
        flags = node.integer(at: place)
        var place = node.next(place)
        let milliseconds = UInt64(bitPattern: node.integer(at: place))
        place = node.next(place)
        let sequence = UInt64(bitPattern: node.integer(at: place))
        id = StreamID(masterID.milliseconds &+ milliseconds, masterID.sequence &+ sequence)
        contents = node.next(place)
        fieldCount = masterFieldCount
        if _slowPath(!hasSameFields) {
            fieldCount = Int(truncatingIfNeeded: node.integer(at: contents))
            contents = node.next(contents)
        }
    }

    /// Forwards: goes behind the entry.
    @inline(__always) private mutating func leave() {
        isInside = false
        // The last entry of a node may be long: nobody walks over it in vain.
        if unread == 0 { return position = node.end }
        let elements = hasSameFields ? fieldCount : fieldCount &* 2
        position = node.next(node.skip(elements, from: contents))
    }

    /// Shows the fields of the entry with their values.
    @inline(__always) mutating func forEachField(_ body: (StringValue, StringValue) -> Void) {
        var place = contents, field = masterFields, left = fieldCount
        let hasSameFields = hasSameFields
        while left > 0 {
            if hasSameFields {
                body(node.element(at: field), node.element(at: place))
                field = node.next(field)
            } else {
                let value = node.next(place)
                body(node.element(at: place), node.element(at: value))
                place = value
            }
            place = node.next(place)
            left &-= 1
        }
        if !isBackwards {
            position = node.next(place)
            isInside = false
        }
    }
}

extension StreamValue {
    /// The entries between two numbers, both included.
    @inline(__always)
    func cursor(
        from start: StreamID = .zero, through end: StreamID = .largest, backwards: Bool = false,
        showingDeleted: Bool = false
    ) -> StreamCursor {
        StreamCursor(nodes, from: start, through: end, backwards: backwards, showingDeleted: showingDeleted)
    }

    /// Whether there is an entry of this number.
    func contains(_ id: StreamID) -> Bool {
        var cursor = cursor(from: id, through: id)
        return cursor.next()
    }

    /// The number of the first entry.
    var firstEntryID: StreamID? {
        var cursor = cursor()
        return cursor.next() ? cursor.id : nil
    }

    /// The number of the last entry.
    var lastEntryID: StreamID? {
        var cursor = cursor(backwards: true)
        return cursor.next() ? cursor.id : nil
    }

    /// The number of the first entry that is there or was deleted and still lies in a node.
    var firstKeptID: StreamID? {
        var cursor = cursor(showingDeleted: true)
        return cursor.next() ? cursor.id : nil
    }
}
