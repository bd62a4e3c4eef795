// Reading a counted tree: ranks, members at ranks, stretches in both directions, and whether the tree is whole.

extension CountedTree {
    /// How many members `comesBefore` is true of; the order is such that those come first.
    @inline(__always) func rank(where comesBefore: (Double, ScoredMember) -> Bool) -> Int {
        var node = unsafe header.pointee.root, level = unsafe header.pointee.height, rank = 0
        while level > 0 {
            let parent = unsafe branch(node)
            let index = parent.partition(comesBefore) &- 1
            rank &+= parent.size(from: 0, to: index)
            unsafe node = parent.child(index)
            level &-= 1
        }
        return unsafe rank &+ leaf(node).partition(comesBefore)
    }

    /// The rank of a member that is in the tree.
    func rank(of member: ScoredMember, score: Double) -> Int {
        let bytes = member.member
        return rank { $0 < score || $0 == score && $1 != member && $1.member < bytes }
    }

    /// A place in the tree, valid until the next change.
    struct Place {
        var leaf: CountedTreeLeaf
        var index: Int

        @inline(__always) var score: Double { leaf.score(index) }
        @inline(__always) var member: ScoredMember { leaf.member(index) }
    }

    /// Where the member of this rank is; there are more than `rank`.
    func place(_ rank: Int) -> Place {
        precondition(rank >= 0 && rank < count)
        var node = unsafe header.pointee.root, level = unsafe header.pointee.height, rest = rank
        while level > 0 {
            let parent = unsafe branch(node)
            var index = 0
            while case let size = parent.size(index), rest >= size {
                rest &-= size
                index &+= 1
            }
            unsafe node = parent.child(index)
            level &-= 1
        }
        return unsafe Place(leaf: leaf(node), index: rest)
    }

    /// The members of the ranks in `range`, which must exist, from the first to the last or the other way.
    @inline(__always) func forEach(
        in range: Range<Int>, backwards: Bool = false, _ body: (ScoredMember, Double) -> Void
    ) {
        guard !range.isEmpty else { return }
        precondition(range.upperBound <= count)
        var place = place(backwards ? range.upperBound &- 1 : range.lowerBound), left = range.count
        while true {
            body(place.member, place.score)
            left &-= 1
            if left == 0 { return }
            if backwards { stepBack(&place) } else { stepOn(&place) }
        }
    }

    @inline(__always) func stepOn(_ place: inout Place) {
        place.index &+= 1
        if place.index == place.leaf.count, let next = place.leaf.next { place = Place(leaf: next, index: 0) }
    }

    @inline(__always) func stepBack(_ place: inout Place) {
        if place.index == 0, let previous = place.leaf.previous { place = Place(leaf: previous, index: previous.count) }
        place.index &-= 1
    }

    // MARK: Invariants

    /// Order, sizes, fill, links of leaves and the names in branches agree.
    func checkInvariants() -> Bool {
        var nodes = 0
        guard unsafe check(header.pointee.root, level: header.pointee.height, &nodes) == count else { return false }
        guard unsafe nodes == Int(header.pointee.nodes) else { return false }
        var seen = 0, last: (score: Double, member: ScoredMember)?
        var isOrdered = true
        if count > 0 {
            forEach(in: 0..<count) { member, score in
                if let last, !(last.score < score || last.score == score && last.member.member < member.member) {
                    isOrdered = false
                }
                last = (score, member)
                seen += 1
            }
        }
        return isOrdered && seen == count
    }

    /// How many members are under `node`, or -1 if something does not agree.
    private func check(_ node: UnsafeMutableRawPointer, level: Int, _ nodes: inout Int) -> Int {
        nodes += 1
        let isRoot = unsafe node == header.pointee.root
        if level == 0 {
            let leaf = unsafe leaf(node)
            let isLinked = leaf.next.map { unsafe $0.previous?.start == leaf.start } ?? true
            // The last leaf may have just been begun.
            let least = isRoot ? 0 : leaf.next == nil ? 1 : CountedTreeLeaf.capacity / 4
            return isLinked && leaf.count <= CountedTreeLeaf.capacity && leaf.count >= least ? leaf.count : -1
        }
        let branch = unsafe branch(node)
        guard branch.count <= CountedTreeBranch.capacity, branch.count >= (isRoot ? 2 : CountedTreeBranch.capacity / 4)
        else { return -1 }
        var total = 0
        for index in 0..<branch.count {
            guard unsafe check(branch.child(index), level: level - 1, &nodes) == branch.size(index) else { return -1 }
            total += branch.size(index)
            guard index > 0 else { continue }
            let first = unsafe firstLeaf(of: branch.child(index), level: level - 1)
            guard branch.member(index) == first.member(0), branch.score(index) == first.score(0) else { return -1 }
        }
        return total
    }

    func firstLeaf(of node: UnsafeMutableRawPointer, level: Int) -> CountedTreeLeaf {
        var node = unsafe node, level = level
        while level > 0 {
            unsafe node = branch(node).child(0)
            level -= 1
        }
        return unsafe leaf(node)
    }
}
