// A counted tree that leaves sparse pages: a leaf at a time, with the branches above it and the members in it. Members
// have two names in the tree, one in their leaf and one in a branch if they are the first of a subtree; the third name
// is in the table of the sorted set.

extension CountedTree {
    /// The tree whose header is where the heap wants it.
    func moved() -> CountedTree { CountedTree(word: heap.moved(word), heap: heap) }

    /// Moves the leaf of the member number `rank`, what leads there, and its members; it is filled from the leaves
    /// behind it. Answers the rank behind the leaf; nil if there are no more.
    func moveLeaf<Item: TableItem>(at rank: Int, _ table: HashTable<Item>) -> Int? {
        guard rank < count else { return nil }
        unsafe header.pointee.root = moved(header.pointee.root)
        var node = unsafe header.pointee.root, level = unsafe header.pointee.height, rest = rank
        // The branch that names the first member of the leaf, unless that is the first of all.
        var naming: (branch: CountedTreeBranch, index: Int)?
        while level > 0 {
            let parent = unsafe branch(node)
            var index = 0
            while case let size = parent.size(index), rest >= size {
                rest &-= size
                index &+= 1
            }
            pack(parent, index, level: level)
            let child = unsafe parent.child(index), new = unsafe moved(child)
            if unsafe new != child {
                unsafe parent.setChild(index, new, size: parent.size(index))
                if level == 1 { unsafe relink(leaf(new)) }
            }
            if index > 0 { naming = (parent, index) }
            unsafe node = new
            level &-= 1
        }
        if unsafe header.pointee.height > 0 { shrinkLower() }
        let leaf = unsafe leaf(node)
        for index in 0..<leaf.count {
            guard let member = moveMember(of: leaf, index, table) else { continue }
            if index == 0, let naming { naming.branch.setKey(naming.index, naming.branch.score(naming.index), member) }
        }
        return rank &- rest &+ leaf.count
    }

    private func moved(_ node: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let word = heap.moved(UInt64(UInt(bitPattern: node)))
        return unsafe UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    /// The neighbours learn where the leaf is.
    private func relink(_ leaf: CountedTreeLeaf) {
        leaf.previous?.next = leaf
        leaf.next?.previous = leaf
    }

    /// The member, if it has moved; its mark stays.
    private func moveMember<Item: TableItem>(
        of leaf: CountedTreeLeaf, _ index: Int, _ table: HashTable<Item>
    ) -> ScoredMember? {
        let old = leaf.member(index), word = unsafe UInt64(UInt(bitPattern: old.start))
        // Found before it moves, for the table compares members.
        let place = heap.shallMove(word) ? table.find(old.member, heap.hash(old.member)) : nil
        let moved = heap.moved(word)
        guard moved != word else { return nil }
        let member = unsafe ScoredMember(at: UnsafeMutableRawPointer(bitPattern: UInt(moved)).unsafelyUnwrapped)
        let mark = leaf.mark(index)
        leaf.setKey(index, leaf.score(index), member)
        leaf.setMark(index, mark)
        guard let place else { preconditionFailure("a member is in the tree and not in the table") }
        unsafe table.replace(place, with: Item(at: member.start), capacityBefore: Heap.capacity(of: member.start))
        return member
    }
}
