// A tree of numbers that leaves sparse pages: a leaf at a time, with the branches above it.

extension IDTree {
    /// Moves the leaf where `id` is or would be, and what leads there; each of its words becomes what `each` makes of
    /// it. Answers the first number of the next leaf; nil if this was the last.
    func moveLeaf(at id: StreamID, budget: inout Int, each: (StreamID, UInt64) -> UInt64) -> StreamID? {
        guard let old = root else { return nil }
        var node = IDTreeNode(word: heap.moved(old.word))
        root = node
        for level in stride(from: height, to: 0, by: -1) {
            let index = node.childIndex(for: id), word = node.word(index), moved = heap.moved(word)
            if moved != word {
                node.setWord(index, moved)
                if level == 1 { relink(IDTreeNode(word: moved)) }
            }
            node = IDTreeNode(word: moved)
        }
        for index in 0..<node.count {
            let word = node.word(index), new = each(node.key(index), word)
            if new != word { node.setWord(index, new) }
        }
        budget &-= 1 &+ node.count
        return node.next.map { $0.key(0) }
    }

    /// The neighbours learn where the leaf is.
    private func relink(_ leaf: IDTreeNode) {
        leaf.previous?.next = leaf
        leaf.next?.previous = leaf
    }
}
