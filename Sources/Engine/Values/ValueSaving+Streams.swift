// Streams that are being saved: first the nodes in order, each as it is or as it was kept before it changed; then the
// consumer groups, which are copied as a whole before the first change of the stream.

/// Where in the groups of a stream the walk is.
struct GroupsPlace {
    enum Stage { case nodes, group, pending, consumers, consumer, owned }
    var stage = Stage.nodes
    var group = 0, consumer = 0
    /// The next number in a tree of deliveries.
    var id = StreamID.zero
    /// The word of a stream that has copies of the groups, and nothing else; 0 while the groups are the stream's own.
    var copy: UInt64 = 0
}

extension ValueSaving {
    mutating func saveStream<Sink: ValueSink & ~Copyable>(_ left: inout Int, _ heap: Heap, _ sink: inout Sink) -> Bool {
        let stream = StreamValue(word: value.word, heap: heap)
        if groups.stage == .nodes {
            while left > 0, sink.hasRoom, groups.stage == .nodes {
                if !saveNode(stream, &left, heap, &sink) {
                    groups.stage = .group
                    let groupCount = groupSource(heap).groups.count
                    if let properties { sink.append(properties, groupCount: groupCount) }
                }
            }
        }
        while left > 0, sink.hasRoom {
            if !saveGroupPart(groupSource(heap), &left, &sink) { return true }
        }
        return false
    }

    /// Shows one node; false when there is none left.
    private mutating func saveNode<Sink: ValueSink & ~Copyable>(
        _ stream: StreamValue, _ left: inout Int, _ heap: Heap, _ sink: inout Sink
    ) -> Bool {
        let bound = ledger.nextNodeID
        let kept = ledger.keptBlocks(in: heap)?.first
        var id = kept?.id, word = kept?.word ?? 0
        if let place = stream.nodes.ceiling(bound), place.id <= ledger.lastNodeID, id.map({ place.id < $0 }) ?? true {
            (id, word) = (place.id, place.word)
        }
        guard let id else { return false }
        let node = ListpackBlock(word: word)
        sink.append(streamNode: id, node, in: heap)
        left -= max(1, Int(clamping: node.integer(at: node.first)))
        if let kept, kept.id == id { ledger.freeBlock(id, in: heap) }
        ledger.pass(id)
        return true
    }

    // MARK: Groups

    @_lifetime(immortal)
    private func groupSource(_ heap: Heap) -> StreamValue {
        StreamValue(word: groups.copy == 0 ? value.word : groups.copy, heap: heap)
    }

    /// Shows the next part of the groups; false when there is none left.
    private mutating func saveGroupPart<Sink: ValueSink & ~Copyable>(
        _ stream: StreamValue, _ left: inout Int, _ sink: inout Sink
    ) -> Bool {
        let heap = stream.heap, row = stream.groups
        guard groups.group < row.count else { return false }
        let group = row[groups.group]
        left -= 1
        switch groups.stage {
        case .nodes, .group:
            sink.beginGroup(
                group.name, lastID: group.lastID, entriesRead: group.entriesRead,
                pendingCount: group.pending(in: heap).count)
            enter(.pending)
        case .pending:
            let isMore = saveDeliveries(group.pending(in: heap), &left) {
                sink.append(pending: $0, time: $1.time, count: $1.count)
                return sink.hasRoom
            }
            if !isMore { enter(.consumers) }
        case .consumers:
            sink.beginConsumers(group.consumers.count)
            groups.consumer = 0
            enter(.consumer)
        case .consumer:
            guard groups.consumer < group.consumers.count else {
                groups.group += 1
                enter(.group)
                return true
            }
            let consumer = group.consumers[groups.consumer]
            sink.beginConsumer(
                consumer.name, of: group.name, seenTime: consumer.seenTime, activeTime: consumer.activeTime,
                pendingCount: consumer.pending(in: heap).count)
            enter(.owned)
        case .owned:
            let consumer = group.consumers[groups.consumer]
            let isMore = saveDeliveries(consumer.pending(in: heap), &left) {
                sink.append(owned: $0, time: $1.time, count: $1.count, by: consumer.name, of: group.name)
                return sink.hasRoom
            }
            if !isMore {
                groups.consumer += 1
                enter(.consumer)
            }
        }
        return true
    }

    private mutating func enter(_ stage: GroupsPlace.Stage) {
        groups.stage = stage
        groups.id = .zero
    }

    /// Shows deliveries from the place on; false when there are none left.
    private mutating func saveDeliveries(
        _ tree: IDTree, _ left: inout Int, _ body: (StreamID, StreamDelivery) -> Bool
    ) -> Bool {
        var place = tree.ceiling(groups.id)
        while let here = place {
            if left <= 0 {
                groups.id = here.id
                return true
            }
            left -= 1
            let goesOn = body(here.id, StreamDelivery(word: here.word))
            place = here.next
            if !goesOn, let place {
                groups.id = place.id
                return true
            }
        }
        return false
    }

    mutating func prepareGroups(_ heap: Heap) {
        let original = StreamValue(word: value.word, heap: heap).groups, copy = StreamValue.empty(in: heap)
        for index in 0..<original.count { copy.addCopy(of: original[index]) }
        groups.copy = copy.word
    }

    mutating func freeStreamParts(_ heap: Heap) {
        ledger.freeBlocks(in: heap)
        if groups.copy == 0 { return }
        var copy = StreamValue(word: groups.copy, heap: heap), budget = Int.max
        _ = copy.free(budget: &budget)
        groups.copy = 0
    }
}

extension StreamValue {
    /// A node is about to change, or, with `isLeaving`, to go: true if it is the saving's from now on.
    @inline(never) @discardableResult func keep(_ place: IDTree.Place, isLeaving: Bool = false) -> Bool {
        var isTaken = false
        heap.withLedger(of: word) { ledger in
            let id = place.id
            guard ledger.isUnsaved(node: id) else { return }
            let tree = ledger.keptBlocksOrNew(in: heap)
            guard tree.find(id) == nil else { return }
            var node = ListpackBlock(word: place.word)
            if !isLeaving { node = node.copied(in: heap) }
            _ = tree.insert(id, node.word)
            ledger.blockBytes += node.memoryUsage
            isTaken = isLeaving
        }
        return isTaken
    }
}

extension ChangeLedger {
    /// The number from which on nodes are still to be saved.
    var nextNodeID: StreamID { StreamID(firstID.0, firstID.1) }
    /// The greatest number of a node when the saving began.
    var lastNodeID: StreamID { StreamID(lastID.0, lastID.1) }

    func isUnsaved(node id: StreamID) -> Bool { id >= nextNodeID && id <= lastNodeID }

    /// The node with this number has been saved.
    mutating func pass(_ id: StreamID) {
        guard let next = id.successor else {
            // Nothing can come behind it.
            (firstID, lastID) = ((.max, .max), (0, 0))
            return
        }
        firstID = (next.milliseconds, next.sequence)
    }

    func keptBlocks(in heap: Heap) -> IDTree? { blocks == 0 ? nil : WordRecord(word: blocks).tree(0, in: heap) }

    mutating func keptBlocksOrNew(in heap: Heap) -> IDTree {
        if blocks == 0 { blocks = WordRecord(words: IDTree.headWords, in: heap).word }
        return WordRecord(word: blocks).tree(0, in: heap)
    }

    mutating func freeBlock(_ id: StreamID, in heap: Heap) {
        guard let word = keptBlocks(in: heap)?.remove(id) else { return }
        let node = ListpackBlock(word: word)
        blockBytes -= node.memoryUsage
        node.free(to: heap)
    }

    mutating func freeBlocks(in heap: Heap) {
        guard let tree = keptBlocks(in: heap) else { return }
        var budget = Int.max
        _ = tree.free(budget: &budget) { ListpackBlock(word: $0).free(to: heap) }
        WordRecord(word: blocks).free(to: heap)
        blocks = 0
    }
}
