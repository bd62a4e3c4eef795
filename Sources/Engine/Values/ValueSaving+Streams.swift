// Streams that are being saved: first the nodes in order, each as it is or as it was kept before it changed; then the
// consumer groups (`ValueSaving+Groups.swift`).

extension ValueSaving {
    mutating func saveStream<Sink: ValueSink & ~Copyable>(_ left: inout Int, _ heap: Heap, _ sink: inout Sink) -> Bool {
        while ledger.groupsPlace.stage == .nodes {
            if left <= 0 || !sink.hasRoom { return false }
            if !saveNode(StreamValue(word: value.word, heap: heap), &left, heap, &sink) {
                noteGroups(heap)
                if let properties { sink.append(properties, groupCount: ledger.groups.count) }
                ledger.groupsPlace.stage = .group
            }
        }
        while ledger.groupsPlace.group < ledger.groups.count {
            if left <= 0 || !sink.hasRoom { return false }
            saveGroupPart(&left, heap, &sink)
        }
        return true
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
