// Entries that come and go. A new one joins the last node, or begins one if that is full; a deleted one is only marked,
// and a node goes when its last entry is deleted. (See `StreamCursor.swift` for what a node holds.)

/// Where the fields of a new entry are.
protocol StreamFields: ~Escapable {
    /// How many fields there are.
    var pairs: Int { get }
    @_lifetime(copy self) func field(_ index: Int) -> Bytes
    @_lifetime(copy self) func value(_ index: Int) -> Bytes
}

/// What trimming shall leave.
enum StreamTrim {
    case length(UInt64)
    /// No entry with a smaller number.
    case from(StreamID)
}

extension StreamValue {
    /// More than this of fields and values is refused.
    static var largestEntry: Int { 1 << 30 }

    /// Adds an entry at the end, whose number must be greater than `lastID`; false, and nothing happens, if it is
    /// larger than `largestEntry`.
    @discardableResult
    func append<Fields: StreamFields & ~Escapable>(_ id: StreamID, _ fields: borrowing Fields) -> Bool {
        let pairs = fields.pairs
        var size = 0, bound = 0
        for index in 0..<pairs {
            let field = fields.field(index).count, value = fields.value(index).count
            size &+= field &+ value
            bound &+= ListpackBlock.largestSize(ofText: field) &+ ListpackBlock.largestSize(ofText: value)
        }
        guard size <= StreamValue.largestEntry else { return false }
        if let place = nodes.last {
            if _slowPath(heap.isSaving) { keep(place) }
            var node = ListpackBlock(word: place.word)
            if _fastPath(!isFull(node, adding: size)) {
                let before = node.memoryUsage
                append(id, fields, to: &node, of: place.id, room: bound)
                nodeBytes &+= node.memoryUsage &- before
                place.setWord(node.word)
                noteAdded(id)
                return true
            }
            seal(node, place)
        }
        appendNode(id, fields, room: bound)
        noteAdded(id)
        return true
    }

    @inline(__always) private func noteAdded(_ id: StreamID) {
        length &+= 1
        entriesAdded &+= 1
        lastID = id
        if length == 1 { firstID = id }
    }

    /// The node has as many bytes or entries, deleted ones among them, as the settings allow.
    @inline(__always) private func isFull(_ node: ListpackBlock, adding size: Int) -> Bool {
        let limits = heap.limits
        var bytes = limits.streamNodeSize
        if bytes <= 0 || bytes > StreamValue.largestEntry { bytes = StreamValue.largestEntry }
        if node.size &+ size >= bytes { return true }
        if limits.streamNodeEntries <= 0 { return false }
        let first = node.first
        return node.integer(at: first) &+ node.integer(at: node.next(first)) >= Int64(limits.streamNodeEntries)
    }

    /// Nothing will be added to the node any more.
    @inline(never) private func seal(_ node: ListpackBlock, _ place: IDTree.Place) {
        var node = node
        let before = node.memoryUsage
        node.shrinkToFit(in: heap)
        nodeBytes += node.memoryUsage - before
        place.setWord(node.word)
    }

    /// A new node: the master entry with the fields of the first entry, and this.
    @inline(never)
    private func appendNode<Fields: StreamFields & ~Escapable>(
        _ id: StreamID, _ fields: borrowing Fields, room: Int
    ) {
        var own = 0
        for index in 0..<fields.pairs { own &+= ListpackBlock.largestSize(ofText: fields.field(index).count) }
        let size = Listpack.smallestSize &+ own &+ room &+ 12 &+ 2 &* ListpackBlock.largestSize(of: elements(fields))
        var node = ListpackBlock(in: heap, size: size)
        node.append(0)
        node.append(0)
        node.append(Int64(fields.pairs))
        for index in 0..<fields.pairs { node.append(PackedElement(fields.field(index))) }
        node.append(0)
        append(id, fields, to: &node, of: id, room: room)
        nodeBytes &+= node.memoryUsage
        let isNew = nodes.insert(id, node.word)
        precondition(isNew, "a number was given twice")
    }

    /// Puts an entry behind those of the node.
    @inline(__always)
    private func append<Fields: StreamFields & ~Escapable>(
        _ id: StreamID, _ fields: borrowing Fields, to node: inout ListpackBlock, of master: StreamID, room: Int
    ) {
        let pairs = fields.pairs, first = node.first, count = node.integer(at: first)
        node.replace(at: first, with: count &+ 1, in: heap)
        let hasSameFields = hasMasterFields(fields, node)
        let milliseconds = Int64(bitPattern: id.milliseconds &- master.milliseconds)
        let sequence = Int64(bitPattern: id.sequence &- master.sequence)
        let counts = ListpackBlock.largestSize(of: elements(fields)) &* (hasSameFields ? 1 : 2)
        node.reserve(
            room &+ 2 &+ ListpackBlock.largestSize(of: milliseconds) &+ ListpackBlock.largestSize(of: sequence)
                &+ counts, in: heap)
        node.append(hasSameFields ? StreamCursor.sameFieldsFlag : 0)
        node.append(milliseconds)
        node.append(sequence)
        if !hasSameFields { node.append(Int64(pairs)) }
        for index in 0..<pairs {
            if !hasSameFields { node.append(PackedElement(fields.field(index))) }
            node.append(PackedElement(fields.value(index)))
        }
        node.append(hasSameFields ? Int64(pairs &+ 3) : elements(fields))
    }

    /// How many elements an entry has that repeats its fields.
    @inline(__always) private func elements<Fields: StreamFields & ~Escapable>(_ fields: borrowing Fields) -> Int64 {
        Int64(2 &* fields.pairs &+ 4)
    }

    /// The fields are those of the node's master entry.
    @inline(__always)
    private func hasMasterFields<Fields: StreamFields & ~Escapable>(
        _ fields: borrowing Fields, _ node: ListpackBlock
    ) -> Bool {
        let pairs = fields.pairs
        var place = node.skip(2, from: node.first)
        guard node.integer(at: place) == Int64(pairs) else { return false }
        for index in 0..<pairs {
            place = node.next(place)
            guard node.isEqual(fields.field(index), at: place) else { return false }
        }
        return true
    }

    // MARK: Deleting

    /// Marks an entry as deleted; false if there is none of this number. `forgetDeleted` owes the rest.
    func delete(_ id: StreamID) -> Bool {
        var cursor = cursor(from: id, through: id)
        guard cursor.next(), let place = cursor.place else { return false }
        var node = cursor.node
        length &-= 1
        let live = node.integer(at: node.first)
        if live <= 1 {
            removeNode(place)
            return true
        }
        if _slowPath(heap.isSaving) { keep(place) }
        let before = node.memoryUsage
        node.replace(at: cursor.flagsPosition, with: cursor.flags | StreamCursor.deletedFlag, in: heap)
        setCounts(of: &node, live: live &- 1, deleted: node.integer(at: node.next(node.first)) &+ 1)
        nodeBytes &+= node.memoryUsage &- before
        place.setWord(node.word)
        return true
    }

    private func setCounts(of node: inout ListpackBlock, live: Int64, deleted: Int64) {
        node.replace(at: node.first, with: live, in: heap)
        node.replace(at: node.next(node.first), with: deleted, in: heap)
    }

    private func removeNode(_ place: IDTree.Place) {
        let isTaken = heap.isSaving && keep(place, isLeaving: true)
        guard let word = nodes.remove(place.id) else { return }
        let node = ListpackBlock(word: word)
        nodeBytes &-= node.memoryUsage
        if !isTaken { node.free(to: heap) }
    }

    /// After entries have gone: which one is the first now?
    func updateFirstID() { firstID = length == 0 ? .zero : firstEntryID ?? .zero }

    // MARK: Trimming

    /// Takes entries away at the beginning and says how many: whole nodes, and, unless the call is content with that,
    /// single entries of the first one left. With a limit, no more than so many. Many nodes are answered in `rest`, as
    /// a stream of their own, for the caller to give back. References to what goes are forgotten if that is asked for.
    func trim(
        _ trim: StreamTrim, wholeNodesOnly: Bool, limit: Int64, forgetting: Bool = false, leaving rest: inout UInt64?
    ) -> Int {
        var removed = 0, nodesRemoved = 0
        while let place = nodes.first {
            if case .length(let wanted) = trim, UInt64(length) <= wanted { break }
            let live = entryCount(of: place)
            if limit > 0, Int64(removed &+ live) > limit { break }
            if isSuperfluous(place, live, trim) {
                if _slowPath(forgetting) { forgetReferences(from: place.id, before: place.next?.id) }
                removeNode(place)
                length &-= live
                removed &+= live
                nodesRemoved &+= 1
                if _slowPath(nodesRemoved == 64), limit <= 0 { removed &+= moveKeptNodes(trim, forgetting, &rest) }
                continue
            }
            if wholeNodesOnly { break }
            removed &+=
                trimEntries(of: place, trim) { id in
                    if _slowPath(forgetting) { forgetReferences(to: id) }
                    return false
                }.removed
            break
        }
        if removed > 0 || length == 0 { updateFirstID() }
        return removed
    }

    /// How many entries of a node are not deleted.
    @inline(__always) func entryCount(of place: IDTree.Place) -> Int {
        let node = ListpackBlock(word: place.word)
        return Int(truncatingIfNeeded: node.integer(at: node.first))
    }

    /// Whether all of a node has to go, with everything before it.
    func isSuperfluous(_ place: IDTree.Place, _ live: Int, _ trim: StreamTrim) -> Bool {
        switch trim {
        case .length(let wanted): length >= live && UInt64(length &- live) >= wanted
        case .from(let id): lastID(in: place) < id
        }
    }

    /// Many nodes have to go. If far fewer stay, those move to a new tree, and the others need not be touched. Answers
    /// how many entries have gone.
    @inline(never) private func moveKeptNodes(
        _ trim: StreamTrim, _ forgetting: Bool, _ rest: inout UInt64?
    ) -> Int {
        let most = min(nodes.count / 8, 2000)
        guard most > 8, !heap.isSaving, let kept = nodesToKeep(trim, most) else { return 0 }
        if forgetting, let first = nodes.first?.id { forgetReferences(from: first, before: kept.nodes.last?.id) }
        for node in kept.nodes { _ = nodes.remove(node.id) }
        let others = StreamValue.empty(in: heap)
        exchangeNodes(with: others)
        for node in kept.nodes.reversed() { _ = nodes.insert(node.id, node.word) }
        (nodeBytes, others.nodeBytes) = (kept.bytes, others.nodeBytes &- kept.bytes)
        rest = others.word
        defer { length = kept.entries }
        return length &- kept.entries
    }

    /// The nodes that a trim leaves, from the last one backwards; nil if they are more than `most`.
    private func nodesToKeep(
        _ trim: StreamTrim, _ most: Int
    ) -> (nodes: [(id: StreamID, word: UInt64)], entries: Int, bytes: Int)? {
        var kept: [(id: StreamID, word: UInt64)] = [], entries = 0, bytes = 0, place = nodes.last
        while let here = place {
            switch trim {
            case .length(let wanted): if UInt64(entries) >= wanted { return (kept, entries, bytes) }
            case .from(let id): if lastID(in: here) < id { return (kept, entries, bytes) }
            }
            if kept.count == most { return nil }
            let node = ListpackBlock(word: here.word)
            entries &+= Int(truncatingIfNeeded: node.integer(at: node.first))
            bytes &+= node.memoryUsage
            kept.append((here.id, here.word))
            place = here.previous
        }
        return (kept, entries, bytes)
    }

    /// The number of the last entry in a node, deleted or not.
    private func lastID(in place: IDTree.Place) -> StreamID {
        let through = place.next.flatMap { $0.id.predecessor } ?? .largest
        var cursor = cursor(from: place.id, through: through, backwards: true, showingDeleted: true)
        return cursor.next() ? cursor.id : .zero
    }

    /// Marks entries of a node as deleted, as many as have to go and none that `stays`; the node goes with the last.
    /// Says how many they were, and whether all that had to go has been looked at.
    @inline(__always)
    func trimEntries(
        of place: IDTree.Place, _ trim: StreamTrim, unless stays: (StreamID) -> Bool
    ) -> (removed: Int, isDone: Bool) {
        if _slowPath(heap.isSaving) { keep(place) }
        var node = ListpackBlock(word: place.word), removed = 0, isDone = false
        let before = node.memoryUsage, live = node.integer(at: node.first)
        let marked = node.integer(at: node.next(node.first))
        let through = place.next.flatMap { $0.id.predecessor } ?? .largest
        var cursor = cursor(from: place.id, through: through)
        while cursor.next() {
            guard shallGo(cursor.id, trim) else {
                isDone = true
                break
            }
            if stays(cursor.id) { continue }
            // Flags stay one byte, so that the cursor's positions stay right.
            node.replace(at: cursor.flagsPosition, with: cursor.flags | StreamCursor.deletedFlag, in: heap)
            removed &+= 1
            length &-= 1
        }
        setCounts(of: &node, live: live &- Int64(removed), deleted: marked &+ Int64(removed))
        nodeBytes &+= node.memoryUsage &- before
        place.setWord(node.word)
        if live == Int64(removed) { removeNode(place) }
        return (removed, isDone)
    }

    private func shallGo(_ id: StreamID, _ trim: StreamTrim) -> Bool {
        switch trim {
        case .length(let wanted): UInt64(length) > wanted
        case .from(let first): id < first
        }
    }
}
