// Keys that leave a tree of numbers: nodes that become sparse join a neighbour under the same parent where both fit,
// empty ones go, and a root with one child gives its place to it. And the end of a whole tree, in steps.

extension IDTree {
    /// Takes a key out and answers its word; nil if it is not there.
    func remove(_ id: StreamID) -> UInt64? {
        guard var node = root else { return nil }
        var path = Path()
        for level in stride(from: height, to: 0, by: -1) {
            let index = node.childIndex(for: id)
            path[level] = (node, index)
            node = node.child(index)
        }
        let index = node.index(of: id)
        guard index < node.count, node.key(index) == id else { return nil }
        let word = node.word(index)
        node.remove(index)
        count &-= 1
        if _slowPath(node.count <= IDTreeNode.capacity / 4) { settle(node, &path) }
        return word
    }

    /// After a removal: from the leaf up, as far as nodes are sparse.
    @inline(never) private func settle(_ leaf: IDTreeNode, _ path: inout Path) {
        var node = leaf, level = 0
        while level < height, node.count <= IDTreeNode.capacity / 4 {
            let (parent, index) = path[level + 1]
            if node.count == 0 {
                drop(node, isLeaf: level == 0)
                parent.remove(index)
            } else if !join(parent, index, isLeaf: level == 0), !join(parent, index - 1, isLeaf: level == 0) {
                break
            }
            node = parent
            level += 1
        }
        settleRoot()
    }

    private func settleRoot() {
        while height > 0, let root, root.count <= 1 {
            self.root = root.count == 0 ? nil : root.child(0)
            drop(root, isLeaf: false)
            height = self.root == nil ? 0 : height - 1
        }
        guard height == 0, let root else { return }
        if root.count == 0 {
            drop(root, isLeaf: false)
            self.root = nil
        } else if root.capacity > 4, root.count <= root.capacity / 4 {
            self.root = root.moved(in: heap, capacity: root.count * 2)
        }
    }

    /// Joins the children `index` and the next, if there are both and one node has room for them.
    private func join(_ parent: IDTreeNode, _ index: Int, isLeaf: Bool) -> Bool {
        guard index >= 0, index + 1 < parent.count else { return false }
        let left = parent.child(index), right = parent.child(index + 1)
        guard left.count + right.count <= IDTreeNode.capacity * 3 / 4 else { return false }
        // The first key of a branch has no meaning of its own; beside others it needs one.
        if !isLeaf { right.setKey(0, parent.key(index + 1)) }
        right.moveAll(behind: left)
        drop(right, isLeaf: isLeaf)
        parent.remove(index + 1)
        return true
    }

    /// Gives back a node; a leaf leaves the chain.
    private func drop(_ node: IDTreeNode, isLeaf: Bool) {
        if isLeaf {
            node.previous?.next = node.next
            node.next?.previous = node.previous
        }
        node.free(to: heap)
        nodeCount -= 1
    }

    /// Gives the nodes back and shows `each` word before, taking one from `budget` for each; true when all is done.
    /// Between the calls the tree may only be freed further.
    func free(budget: inout Int, _ each: (UInt64) -> Void) -> Bool {
        while let top = root {
            guard budget > 0 else { return false }
            var node = top, parent: IDTreeNode?, level = height
            // The last child of the last child; a branch without children goes as a leaf does.
            while level > 0, node.count > 0 {
                parent = node
                node = node.child(node.count - 1)
                level -= 1
            }
            if level == 0 { for index in 0..<node.count { each(node.word(index)) } }
            budget -= 1 + (level == 0 ? node.count : 0)
            drop(node, isLeaf: false)
            if let parent { parent.remove(parent.count - 1) } else { root = nil }
        }
        (count, height) = (0, 0)
        return true
    }

    /// Shows every word in order.
    func forEach(_ body: (StreamID, UInt64) -> Void) {
        var place = first
        while let here = place {
            body(here.id, here.word)
            place = here.next
        }
    }

    // MARK: Invariants

    /// Keys are in order, bounds hold, leaves are chained, and the counts are right.
    func checkInvariants() -> Bool {
        guard let root else { return count == 0 && nodeCount == 0 && height == 0 }
        var keys = 0, nodes = 0, leaves: [UInt64] = []
        guard check(root, height, from: .zero, through: .largest, &keys, &nodes, &leaves) else { return false }
        var chain: [UInt64] = [], leaf = first.map { IDTreeNode(word: $0.leafWord) }
        while let here = leaf {
            if let next = here.next, next.previous?.word != here.word { return false }
            chain.append(here.word)
            leaf = here.next
        }
        return keys == count && nodes == nodeCount && chain == leaves
    }

    private func check(
        _ node: IDTreeNode, _ level: Int, from low: StreamID, through high: StreamID, _ keys: inout Int,
        _ nodes: inout Int, _ leaves: inout [UInt64]
    ) -> Bool {
        nodes += 1
        guard node.count > 0, node.count <= node.capacity else { return false }
        for index in (level == 0 ? 0 : 1)..<max(node.count, level == 0 ? 0 : 1) {
            guard node.key(index) >= low, node.key(index) <= high else { return false }
            if index > (level == 0 ? 0 : 1), node.key(index - 1) >= node.key(index) { return false }
        }
        if level == 0 {
            keys += node.count
            leaves.append(node.word)
            return true
        }
        for index in 0..<node.count {
            let from = index == 0 ? low : node.key(index)
            let through = index + 1 < node.count ? node.key(index + 1).predecessor ?? .zero : high
            guard check(node.child(index), level - 1, from: from, through: through, &keys, &nodes, &leaves) else {
                return false
            }
        }
        return true
    }
}
