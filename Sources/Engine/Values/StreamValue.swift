// A stream: entries in the order of their numbers, each with fields and values, and consumer groups. Entries lie in
// nodes, which are Redis's own listpacks byte for byte, under a tree by the number of each node's first entry
// (`StreamNode.swift` describes them). A stream may be empty: its key stays, for it remembers the last number given.
//
//     word   the address of a record: length, first, last and greatest deleted number, entries ever added,
//            bytes of the nodes' blocks, the head of the tree, the row of groups by name
//
// For DUMP and RESTORE: `forEachNode`, `appendNode`, and what `StreamValue+Building.swift` says.

/// The value of a stream key.
struct StreamValue: ContainerValue, ~Escapable {
    /// Where things are in the record.
    private enum Field {
        static let length = 0, firstID = 1, lastID = 3, largestDeletedID = 5, entriesAdded = 7, nodeBytes = 8
        static let nodes = 9, groups = 12, count = 13
    }

    private(set) var word: UInt64
    let heap: Heap

    @_lifetime(immortal)
    @inline(__always) init(word: UInt64, heap: Heap) {
        self.word = word
        self.heap = heap
    }

    @_lifetime(immortal)
    static func empty(in heap: Heap) -> StreamValue {
        StreamValue(word: WordRecord(words: Field.count, in: heap).word, heap: heap)
    }

    @inline(__always) private var record: WordRecord { WordRecord(word: word) }
    @inline(__always) var nodes: IDTree { record.tree(Field.nodes, in: heap) }

    /// How many entries there are.
    @inline(__always) var count: Int { length }
    var encoding: StaticString { "stream" }
    /// The last number given outlives the entries.
    var endsKey: Bool { false }

    // MARK: What the stream remembers

    @inline(__always) var length: Int {
        get { Int(truncatingIfNeeded: record[Field.length]) }
        nonmutating set { record[Field.length] = UInt64(truncatingIfNeeded: newValue) }
    }

    /// The number of the first entry; zero without entries.
    @inline(__always) var firstID: StreamID {
        get { record[id: Field.firstID] }
        nonmutating set { record[id: Field.firstID] = newValue }
    }

    /// The last number given, or the one that XSETID has set.
    @inline(__always) var lastID: StreamID {
        get { record[id: Field.lastID] }
        nonmutating set { record[id: Field.lastID] = newValue }
    }

    /// The greatest number that XDEL has deleted; zero if it never has.
    @inline(__always) var largestDeletedID: StreamID {
        get { record[id: Field.largestDeletedID] }
        nonmutating set { record[id: Field.largestDeletedID] = newValue }
    }

    /// How many entries there have ever been.
    @inline(__always) var entriesAdded: UInt64 {
        get { record[Field.entriesAdded] }
        nonmutating set { record[Field.entriesAdded] = newValue }
    }

    /// Bytes of the blocks that the nodes are in.
    @inline(__always) var nodeBytes: Int {
        get { Int(truncatingIfNeeded: record[Field.nodeBytes]) }
        nonmutating set { record[Field.nodeBytes] = UInt64(truncatingIfNeeded: newValue) }
    }

    /// The consumer groups in the order of their names.
    @inline(__always) var groups: NameRow<StreamGroup> {
        get { NameRow(word: record[Field.groups]) }
        nonmutating set { record[Field.groups] = newValue.word }
    }

    /// The two streams exchange their nodes, and nothing else.
    func exchangeNodes(with other: StreamValue) {
        record.exchange(Field.nodes..<Field.nodes + IDTree.headWords, with: other.record)
        (nodeBytes, other.nodeBytes) = (other.nodeBytes, nodeBytes)
    }

    // MARK: The whole

    var memoryUsage: Int {
        let groups = groups
        var size = record.memoryUsage + nodes.memoryUsage + nodeBytes + groups.memoryUsage
        for index in 0..<groups.count { size += groups[index].memoryUsage(in: heap) }
        return size
    }

    /// Counts on only until it is clear that there are many.
    var blockCount: Int {
        let groups = groups
        var blocks = nodes.count + groups.count
        for index in 0..<groups.count where blocks < 1000 { blocks += groups[index].blockCount(in: heap) }
        return blocks
    }

    /// About what it occupies: of many groups, a few are looked at.
    var estimatedMemory: Int {
        let groups = groups, looked = min(groups.count, 16)
        var size = 0
        for index in 0..<looked { size += groups[index].estimatedMemory(in: heap) }
        if looked > 0 { size = Int(Double(size) / Double(looked) * Double(groups.count)) }
        return size + record.memoryUsage + nodes.memoryUsage + nodeBytes + groups.memoryUsage
    }

    @_lifetime(immortal)
    func copied() -> StreamValue {
        let copy = StreamValue.empty(in: heap)
        copy.takeOver(self)
        nodes.forEach { id, word in
            let node = ListpackBlock(word: word).copied(in: heap)
            copy.nodeBytes += node.memoryUsage
            _ = copy.nodes.insert(id, node.word)
        }
        let groups = groups
        for index in 0..<groups.count { copy.addCopy(of: groups[index]) }
        return copy
    }

    /// Takes over what the other stream remembers besides its nodes and groups.
    private func takeOver(_ other: StreamValue) {
        (length, entriesAdded) = (other.length, other.entriesAdded)
        (firstID, lastID, largestDeletedID) = (other.firstID, other.lastID, other.largestDeletedID)
    }

    @_lifetime(self: copy self)
    mutating func free(budget: inout Int) -> Bool {
        if word == 0 { return true }
        guard nodes.free(budget: &budget, { ListpackBlock(word: $0).free(to: heap) }) else { return false }
        var groups = groups
        while groups.count > 0 {
            let group = groups[groups.count - 1]
            guard group.free(budget: &budget, in: heap) else { return false }
            _ = groups.removeLast(in: heap)
            self.groups = groups
        }
        record.free(to: heap)
        budget -= 1
        word = 0
        return true
    }

    func checkInvariants() -> Bool {
        var size = 0, isRight = nodes.checkInvariants()
        nodes.forEach { _, word in
            size += ListpackBlock(word: word).memoryUsage
            isRight = isRight && ListpackBlock(word: word).checkInvariants()
        }
        var cursor = cursor(), entries = 0, first: StreamID?, last = StreamID.zero
        while cursor.next() {
            if first == nil { first = cursor.id }
            isRight = isRight && (entries == 0 || cursor.id > last)
            last = cursor.id
            entries += 1
        }
        isRight = isRight && size == nodeBytes && entries == length && first ?? .zero == firstID && last <= lastID
        let groups = groups
        for index in 0..<groups.count { isRight = isRight && groups[index].checkInvariants(in: heap) }
        return isRight
    }
}
