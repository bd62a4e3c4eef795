// A stretch of ranks cut out of a counted tree: nodes that lie in it as a whole go with all that is under them, and
// only those at its two ends are changed and balanced again. Whoever cuts is shown the members, a leaf's row at a time.

extension CountedTree {
    /// Members that lie side by side in a leaf and are in the tree no more; valid while they are shown.
    struct Row {
        fileprivate let leaf: CountedTreeLeaf
        fileprivate let range: Range<Int>

        @inline(__always) var count: Int { range.count }
        @inline(__always) subscript(index: Int) -> ScoredMember { leaf.member(range.lowerBound &+ index) }
    }

    /// More than a row has.
    static let longestRow = CountedTreeLeaf.capacity

    /// Takes out the members of these ranks, which must exist and not be all. Nobody saves the tree meanwhile.
    func cut(_ ranks: Range<Int>, _ body: (Row) -> Void) {
        precondition(ranks.lowerBound >= 0 && ranks.upperBound <= count && ranks.count < count)
        if ranks.isEmpty { return }
        let before = ranks.lowerBound > 0 ? place(ranks.lowerBound - 1).leaf : nil
        let behind = ranks.upperBound < count ? place(ranks.upperBound).leaf : nil
        unsafe cut(header.pointee.root, level: header.pointee.height, ranks, body)
        unsafe header.pointee.count -= ranks.count
        if unsafe before?.start != behind?.start {
            before?.next = behind
            behind?.previous = before
        }
        while balance(around: ranks.lowerBound) {}
    }

    /// Takes these out of those under `node`, of which some stay.
    private func cut(_ node: UnsafeMutableRawPointer, level: Int, _ ranks: Range<Int>, _ body: (Row) -> Void) {
        if level == 0 {
            let leaf = unsafe leaf(node)
            body(Row(leaf: leaf, range: ranks))
            leaf.move(from: ranks.upperBound, to: leaf, at: ranks.lowerBound, leaf.count - ranks.upperBound)
            return leaf.count -= ranks.count
        }
        let branch = unsafe branch(node)
        var offset = 0, whole = 0..<0
        for index in 0..<branch.count {
            let size = branch.size(index)
            let part = ranks.clamped(to: offset..<offset + size)
            if part.count == size {
                unsafe discard(branch.child(index), level: level - 1, body)
                whole = (whole.isEmpty ? index : whole.lowerBound)..<index + 1
            } else if !part.isEmpty {
                let inner = part.lowerBound - offset..<part.upperBound - offset
                unsafe cut(branch.child(index), level: level - 1, inner, body)
                branch.add(-part.count, toSize: index)
                if inner.lowerBound == 0 {
                    let first = unsafe firstLeaf(of: branch.child(index), level: level - 1)
                    branch.setKey(index, first.score(0), first.member(0))
                }
            }
            offset += size
        }
        branch.move(from: whole.upperBound, to: branch, at: whole.lowerBound, branch.count - whole.upperBound)
        branch.count -= whole.count
    }

    /// Gives back a node and all that are under it.
    private func discard(_ node: UnsafeMutableRawPointer, level: Int, _ body: (Row) -> Void) {
        if level == 0 {
            let leaf = unsafe leaf(node)
            body(Row(leaf: leaf, range: 0..<leaf.count))
        } else {
            let branch = unsafe branch(node)
            for index in 0..<branch.count { unsafe discard(branch.child(index), level: level - 1, body) }
        }
        unsafe discard(node)
    }

    /// Fills up what the cut has left sparse, on the ways to the members before and behind it; true if there was any.
    private func balance(around rank: Int) -> Bool {
        var hasChanged = false
        for target in rank - 1...rank where target >= 0 && target < count {
            while unsafe header.pointee.height > 0, case let height = unsafe header.pointee.height {
                shrinkLower()
                if unsafe header.pointee.height == height { break }
            }
            var node = unsafe header.pointee.root, level = unsafe header.pointee.height, rest = target
            while level > 0 {
                let parent = unsafe branch(node)
                var (index, inner) = CountedTree.child(of: parent, rest)
                while parent.count > 1, unsafe isSparse(parent.child(index), level: level - 1) {
                    fillUp(parent, index, level: level)
                    (index, inner) = CountedTree.child(of: parent, rest)
                    hasChanged = true
                }
                unsafe node = parent.child(index)
                rest = inner
                level -= 1
            }
        }
        return hasChanged
    }

    /// Where among the children the member of this rank is, and its rank there.
    private static func child(of parent: CountedTreeBranch, _ rank: Int) -> (index: Int, rank: Int) {
        var index = 0, rest = rank
        while case let size = parent.size(index), rest >= size {
            rest -= size
            index += 1
        }
        return (index, rest)
    }
}
