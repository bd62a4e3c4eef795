// A directory of nodes that is being saved, part by part, while it changes. Before the first change the nodes are
// numbered in the order in which they are to be saved, each by a tag in the directory, and the ledger gets their words:
// 8 bytes for a node. Before a numbered node changes, the ledger gets a copy instead; before one goes, the node itself.
// Numbers of a saving that is over mean nothing: the next one writes all tags anew.

extension PackedDirectory {
    /// In the ledger's words the lowest bit says that the node belongs to the saving.
    private static let owned: UInt64 = 1

    /// Numbers the nodes of which the ledger's `nodesPassed` have been saved.
    /// - Complexity: O(nodes), some nanoseconds for each: 24 bytes are touched.
    func number(_ ledger: inout ChangeLedger) {
        var passed = ledger.nodesPassed, tag: UInt32 = 0
        ledger.nodesPassed = 0
        ledger.nodes.reserve((nodeCount - passed) * 8)
        for index in 0..<top.count {
            let row = segment(index)
            for node in 0..<row.count {
                guard passed == 0 else {
                    row.setTag(node, 0)
                    passed -= 1
                    continue
                }
                tag &+= 1
                row.setTag(node, tag)
                ledger.nodes.append(word: row.word(node))
            }
        }
    }

    /// The node at `place` is about to change.
    @inline(__always) func willChange(_ place: Place) {
        if _slowPath(heap.isSaving) { keep(place) }
    }

    /// The node at `place` goes: true if it is the ledger's from now on, and not to be freed.
    @inline(__always) func handOver(_ place: Place) -> Bool { heap.isSaving && keep(place, isLeaving: true) }

    @inline(never) @discardableResult private func keep(_ place: Place, isLeaving: Bool = false) -> Bool {
        let row = segment(place.segment)
        var isKept = false
        heap.withLedger(of: word) { ledger in
            let tag = Int(row.tag(place.node))
            row.setTag(place.node, 0)
            guard tag > ledger.nodesPassed else { return }
            var node = PackedDeque(word: row.word(place.node))
            if !isLeaving { node = node.copied(in: heap) }
            ledger.nodes.setWord(node.word | PackedDirectory.owned, at: (tag - 1) * 8)
            ledger.blockBytes += node.memoryUsage
            isKept = true
        }
        return isKept
    }

    /// The directory goes; its last node, at this place, goes on without it.
    @inline(__always) func willEnd(_ place: Place) {
        guard _slowPath(heap.isSaving) else { return }
        keep(place)
        heap.withLedger(of: word) { $0.owner = 0 }
    }

    /// The directory is at another place in memory.
    @inline(__always) func noteMoved(from word: UInt64) {
        if _slowPath(heap.isSaving), self.word != word { heap.withLedger(of: word) { $0.owner = self.word } }
    }
}

extension ChangeLedger {
    /// Shows the next node that was numbered, and frees it if it is the ledger's own; nil when there are no more.
    mutating func takeNode(in heap: Heap, _ body: (PackedDeque) -> Void) -> Bool {
        guard nodesPassed * 8 < nodes.count else { return false }
        let word = nodes.contents.word(at: nodesPassed * 8)
        let node = PackedDeque(word: word & ~1)
        nodesPassed += 1
        body(node)
        if word & 1 != 0 {
            blockBytes -= node.memoryUsage
            node.free(to: heap)
        }
        return true
    }

    /// Frees what has been kept.
    mutating func freeNodes(in heap: Heap) {
        while takeNode(in: heap, { _ in }) {}
        nodes.reset()
    }
}
