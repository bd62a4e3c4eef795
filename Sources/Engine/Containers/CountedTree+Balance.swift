// How a counted tree keeps its nodes between a quarter full and full. On the way down to an insertion a full child is
// relieved by a neighbour, or split; on the way to a removal a sparse one is joined to a neighbour, or borrows from it.

extension CountedTree {
    @inline(__always) func isFull(_ node: UnsafeMutableRawPointer, level: Int) -> Bool {
        unsafe level == 0 ? leaf(node).isFull : branch(node).isFull
    }

    @inline(__always) func isSparse(_ node: UnsafeMutableRawPointer, level: Int) -> Bool {
        unsafe level == 0 ? leaf(node).isSparse : branch(node).isSparse
    }

    private func makeNode() -> UnsafeMutableRawPointer {
        unsafe header.pointee.nodes += 1
        let node = unsafe heap.allocate(CountedTree.nodeSize)
        unsafe node.initializeMemory(as: UInt8.self, repeating: 0, count: CountedTreeLeaf.scoresOffset)
        return unsafe node
    }

    func discard(_ node: UnsafeMutableRawPointer) {
        unsafe header.pointee.nodes -= 1
        unsafe heap.deallocate(node)
    }

    /// A new root above the full one, which is split at the next step down.
    func growHigher() {
        let root = unsafe branch(makeNode())
        unsafe root.setChild(0, header.pointee.root, size: count)
        root.count = 1
        unsafe header.pointee.root = root.start
        unsafe header.pointee.height += 1
    }

    /// A root with one child is not needed.
    func shrinkLower() {
        let root = unsafe branch(header.pointee.root)
        guard root.count == 1 else { return }
        unsafe header.pointee.root = root.child(0)
        unsafe header.pointee.height -= 1
        unsafe discard(root.start)
    }

    /// The new member goes behind all others: what is left behind can then stay full.
    func isLast(_ parent: CountedTreeBranch, _ index: Int, _ level: Int, _ score: Double, _ bytes: Bytes) -> Bool {
        guard index == parent.count - 1, level == 1 else { return false }
        let last = unsafe leaf(parent.child(index))
        let lastScore = last.score(last.count - 1)
        return last.next == nil
            && (lastScore < score || lastScore == score && last.member(last.count - 1).member < bytes)
    }

    /// Child `index` is full: a neighbour takes some of it, if one has room worth it; else it is split.
    func makeRoom(in parent: CountedTreeBranch, _ index: Int, level: Int, isAtEnd: Bool) {
        if level == 1, !isAtEnd {
            let worthIt = CountedTreeLeaf.capacity - 8
            if index + 1 < parent.count, case let room = unsafe leaf(parent.child(index + 1)).count, room <= worthIt {
                return shift(parent, index, (CountedTreeLeaf.capacity - room) / 2, level: level)
            }
            if index > 0, case let room = unsafe leaf(parent.child(index - 1)).count, room <= worthIt {
                return shift(parent, index - 1, -(CountedTreeLeaf.capacity - room) / 2, level: level)
            }
        }
        if level == 1 { splitLeaf(parent, index, keeping: isAtEnd ? 60 : 31) } else { splitBranch(parent, index) }
    }

    private func splitLeaf(_ parent: CountedTreeBranch, _ index: Int, keeping kept: Int) {
        let full = unsafe leaf(parent.child(index)), new = unsafe leaf(makeNode())
        let moved = full.count - kept
        full.move(from: kept, to: new, at: 0, moved)
        (full.count, new.count) = (kept, moved)
        new.previous = full
        new.next = full.next
        full.next?.previous = new
        full.next = new
        parent.add(-moved, toSize: index)
        unsafe parent.insertChild(index + 1, new.start, size: moved, new.score(0), new.member(0))
    }

    private func splitBranch(_ parent: CountedTreeBranch, _ index: Int) {
        let full = unsafe branch(parent.child(index)), new = unsafe branch(makeNode())
        // Appending fills the left one; else both get half.
        let kept = index == parent.count - 1 ? full.count - 8 : full.count / 2
        let moved = full.count - kept
        let size = full.size(from: kept, to: full.count)
        full.move(from: kept, to: new, at: 0, moved)
        (full.count, new.count) = (kept, moved)
        parent.add(-size, toSize: index)
        unsafe parent.insertChild(index + 1, new.start, size: size, new.score(0), new.member(0))
    }

    /// Child `index` is sparse: it joins a neighbour, or they share what they have.
    func fillUp(_ parent: CountedTreeBranch, _ index: Int, level: Int) {
        guard parent.count > 1 else { return }
        let left = index > 0 ? index - 1 : 0
        if level == 1 {
            let counts = unsafe (leaf(parent.child(left)).count, leaf(parent.child(left + 1)).count)
            if counts.0 + counts.1 <= CountedTreeLeaf.capacity * 3 / 4 { return joinLeaves(parent, left) }
            shift(parent, left, (counts.0 - counts.1) / 2, level: level)
        } else {
            let counts = unsafe (branch(parent.child(left)).count, branch(parent.child(left + 1)).count)
            if counts.0 + counts.1 <= CountedTreeBranch.capacity * 3 / 4 { return joinBranches(parent, left) }
            shift(parent, left, (counts.0 - counts.1) / 2, level: level)
        }
    }

    /// The child `index` takes in the next ones until it is nearly full. A leaf also takes a part of the next one,
    /// which stays full enough, as the parent does unless it is the root.
    func pack(_ parent: CountedTreeBranch, _ index: Int, level: Int) {
        let fewest = unsafe level == header.pointee.height ? 1 : CountedTreeBranch.capacity / 4 + 1
        while index + 1 < parent.count {
            let (left, right) = unsafe (parent.child(index), parent.child(index + 1))
            if level > 1 {
                let sum = unsafe branch(left).count + branch(right).count
                guard sum <= CountedTreeBranch.capacity * 7 / 8, parent.count > fewest else { return }
                joinBranches(parent, index)
                continue
            }
            let counts = unsafe (leaf(left).count, leaf(right).count)
            if counts.0 + counts.1 <= CountedTreeLeaf.nearlyFull, parent.count > fewest {
                joinLeaves(parent, index)
                continue
            }
            let taken = min(CountedTreeLeaf.nearlyFull - counts.0, counts.1 - CountedTreeLeaf.capacity / 4 - 1)
            // A few are not worth a change.
            if taken >= 8 { shift(parent, index, -taken, level: level) }
            return
        }
    }

    private func joinLeaves(_ parent: CountedTreeBranch, _ index: Int) {
        let left = unsafe leaf(parent.child(index)), right = unsafe leaf(parent.child(index + 1))
        right.move(from: 0, to: left, at: left.count, right.count)
        left.count += right.count
        left.next = right.next
        right.next?.previous = left
        parent.add(right.count, toSize: index)
        parent.removeChild(index + 1)
        unsafe discard(right.start)
    }

    private func joinBranches(_ parent: CountedTreeBranch, _ index: Int) {
        let left = unsafe branch(parent.child(index)), right = unsafe branch(parent.child(index + 1))
        right.setKey(0, parent.score(index + 1), parent.member(index + 1))
        right.move(from: 0, to: left, at: left.count, right.count)
        left.count += right.count
        parent.add(parent.size(index + 1), toSize: index)
        parent.removeChild(index + 1)
        unsafe discard(right.start)
    }

    /// Child `index` gives `moved` of its members or children to the next one, or takes as many if that is negative.
    private func shift(_ parent: CountedTreeBranch, _ index: Int, _ moved: Int, level: Int) {
        let left = unsafe parent.child(index), right = unsafe parent.child(index + 1)
        let size: Int
        if level == 1 {
            size = unsafe shiftLeaves(leaf(left), leaf(right), moved)
            let first = unsafe leaf(right)
            parent.setKey(index + 1, first.score(0), first.member(0))
        } else {
            let first = unsafe branch(right)
            first.setKey(0, parent.score(index + 1), parent.member(index + 1))
            size = unsafe shiftBranches(branch(left), first, moved)
            parent.setKey(index + 1, first.score(0), first.member(0))
        }
        parent.add(-size, toSize: index)
        parent.add(size, toSize: index + 1)
    }

    private func shiftLeaves(_ left: CountedTreeLeaf, _ right: CountedTreeLeaf, _ moved: Int) -> Int {
        if moved > 0 {
            right.move(from: 0, to: right, at: moved, right.count)
            left.move(from: left.count - moved, to: right, at: 0, moved)
        } else {
            right.move(from: 0, to: left, at: left.count, -moved)
            right.move(from: -moved, to: right, at: 0, right.count + moved)
        }
        left.count -= moved
        right.count += moved
        return moved
    }

    private func shiftBranches(_ left: CountedTreeBranch, _ right: CountedTreeBranch, _ moved: Int) -> Int {
        let size: Int
        if moved > 0 {
            size = left.size(from: left.count - moved, to: left.count)
            right.move(from: 0, to: right, at: moved, right.count)
            left.move(from: left.count - moved, to: right, at: 0, moved)
        } else {
            size = -right.size(from: 0, to: -moved)
            right.move(from: 0, to: left, at: left.count, -moved)
            right.move(from: -moved, to: right, at: 0, right.count + moved)
        }
        left.count -= moved
        right.count += moved
        return size
    }
}
