// An ordered tree from stream numbers to words: the nodes of a stream, and what has been delivered and not yet been
// acknowledged. A B+-tree of nodes of 1 KiB; a tree of few keys is one leaf of fitting size. Keys that only ever grow
// leave full leaves behind. Leaves are linked, so that a walk needs no stack.
//
// The head is three words inside its owner's block: the root (0: no keys), the number of keys, and
// number of nodes << 8 | height. Ownership rule: a handle, not an owner. Whoever owns the head frees the tree once, and
// what the words name; places end when keys come or go.

/// A tree of numbers, each with a word.
@safe struct IDTree: BitwiseCopyable {
    static let headWords = 3
    private let head: UnsafeMutableRawPointer
    let heap: Heap

    /// Where a key is.
    @safe struct Place: BitwiseCopyable {
        fileprivate let leaf: IDTreeNode
        fileprivate let index: Int
        @inline(__always) var id: StreamID { leaf.key(index) }
        @inline(__always) var word: UInt64 { leaf.word(index) }
        var leafWord: UInt64 { leaf.word }

        /// Gives the key another word.
        @inline(__always) func setWord(_ word: UInt64) { leaf.setWord(index, word) }

        /// The next key.
        @inline(__always) var next: Place? {
            if index &+ 1 < leaf.count { return Place(leaf: leaf, index: index &+ 1) }
            return leaf.next.map { Place(leaf: $0, index: 0) }
        }

        /// The key before.
        @inline(__always) var previous: Place? {
            if index > 0 { return Place(leaf: leaf, index: index &- 1) }
            return leaf.previous.map { Place(leaf: $0, index: $0.count &- 1) }
        }
    }

    /// The tree whose head is at this address: three zeros at first.
    @inline(__always) init(head: UnsafeMutableRawPointer, heap: Heap) {
        unsafe self.head = head
        self.heap = heap
    }

    @inline(__always) var root: IDTreeNode? {
        get { unsafe head.load(as: UnsafeMutableRawPointer?.self).map { unsafe IDTreeNode(start: $0) } }
        nonmutating set { unsafe head.storeBytes(of: newValue?.start, as: UnsafeMutableRawPointer?.self) }
    }

    @inline(__always) var count: Int {
        get { unsafe head.load(fromByteOffset: 8, as: Int.self) }
        nonmutating set { unsafe head.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
    }

    private var shape: Int {
        get { unsafe head.load(fromByteOffset: 16, as: Int.self) }
        nonmutating set { unsafe head.storeBytes(of: newValue, toByteOffset: 16, as: Int.self) }
    }

    /// Levels above the leaves. As each is at least half filled when the next one begins, there are never many.
    @inline(__always) var height: Int {
        get { shape & 0xFF }
        nonmutating set { shape = shape & ~0xFF | newValue }
    }

    var nodeCount: Int {
        get { shape &>> 8 }
        nonmutating set { shape = newValue &<< 8 | height }
    }

    @inline(__always) var isEmpty: Bool { count == 0 }

    /// Bytes of heap in the nodes.
    var memoryUsage: Int {
        guard let root else { return 0 }
        return nodeCount == 1 ? root.blockSize : nodeCount &* IDTreeNode.size
    }

    // MARK: Finding

    /// The leaf where `id` is or would be.
    @inline(__always) private func leaf(for id: StreamID) -> IDTreeNode? {
        guard var node = root else { return nil }
        for _ in 0..<height { node = node.child(node.childIndex(for: id)) }
        return node
    }

    @inline(__always) func find(_ id: StreamID) -> Place? {
        guard let leaf = leaf(for: id) else { return nil }
        let index = leaf.index(of: id)
        return index < leaf.count && leaf.key(index) == id ? Place(leaf: leaf, index: index) : nil
    }

    /// The last key that is not greater than `id`.
    @inline(__always) func floor(_ id: StreamID) -> Place? {
        guard let leaf = leaf(for: id) else { return nil }
        let index = leaf.index(of: id)
        if index < leaf.count, leaf.key(index) == id { return Place(leaf: leaf, index: index) }
        if index > 0 { return Place(leaf: leaf, index: index &- 1) }
        return leaf.previous.map { Place(leaf: $0, index: $0.count &- 1) }
    }

    /// The first key that is not smaller than `id`.
    @inline(__always) func ceiling(_ id: StreamID) -> Place? {
        guard let leaf = leaf(for: id) else { return nil }
        let index = leaf.index(of: id)
        if index < leaf.count { return Place(leaf: leaf, index: index) }
        return leaf.next.map { Place(leaf: $0, index: 0) }
    }

    @inline(__always) var first: Place? {
        guard var node = root else { return nil }
        for _ in 0..<height { node = node.child(0) }
        return Place(leaf: node, index: 0)
    }

    @inline(__always) var last: Place? {
        guard var node = root else { return nil }
        for _ in 0..<height { node = node.child(node.count &- 1) }
        return Place(leaf: node, index: node.count &- 1)
    }

    // MARK: Changing

    /// The nodes from the root down to a leaf, by level, and where the way goes on in each.
    struct Path {
        var nodes = InlineArray<16, UInt64>(repeating: 0)
        var indices = InlineArray<16, Int>(repeating: 0)

        @inline(__always) subscript(level: Int) -> (node: IDTreeNode, index: Int) {
            get { (IDTreeNode(word: nodes[level]), indices[level]) }
            set { (nodes[level], indices[level]) = (newValue.node.word, newValue.index) }
        }
    }

    /// Takes in a key with its word; false, and nothing happens, if the key is there.
    func insert(_ id: StreamID, _ word: UInt64) -> Bool {
        guard var node = root else {
            let leaf = IDTreeNode(in: heap, capacity: 1)
            leaf.insert(0, id, word)
            (root, count, shape) = (leaf, 1, 1 &<< 8)
            return true
        }
        var path = Path(), isAtEnd = true
        let height = height
        for level in stride(from: height, to: 0, by: -1) {
            let index = node.childIndex(for: id)
            isAtEnd = isAtEnd && index == node.count &- 1
            path[level] = (node, index)
            node = node.child(index)
        }
        let index = node.index(of: id)
        if index < node.count, node.key(index) == id { return false }
        isAtEnd = isAtEnd && index == node.count
        if height == 0, node.count == node.capacity, node.count < IDTreeNode.capacity {
            node = node.moved(in: heap, capacity: min(node.count &* 2, IDTreeNode.capacity))
            root = node
        }
        put(id, word, in: node, at: index, &path, isAtEnd: isAtEnd)
        count &+= 1
        return true
    }

    /// Puts a slot into a node; one that is full splits, and its parent gets a slot, and so on.
    @inline(__always)
    private func put(
        _ id: StreamID, _ word: UInt64, in target: IDTreeNode, at targetIndex: Int, _ path: inout Path, isAtEnd: Bool
    ) {
        var (node, index, id, word, level) = (target, targetIndex, id, word, 0)
        while _slowPath(node.count == IDTreeNode.capacity) {
            let right = split(node, at: index, id, word, isLeaf: level == 0, isAtEnd: isAtEnd)
            (id, word) = (right.key(0), right.word)
            if level == height { return grow(node, id, word) }
            level &+= 1
            (node, index) = path[level]
            index &+= 1
        }
        node.insert(index, id, word)
    }

    /// Gives the second half of a full node, and the new slot in either half, to a new node. What comes at the very
    /// end gets a node to itself.
    @inline(never)
    private func split(
        _ node: IDTreeNode, at index: Int, _ id: StreamID, _ word: UInt64, isLeaf: Bool, isAtEnd: Bool
    ) -> IDTreeNode {
        let right = IDTreeNode(in: heap, capacity: IDTreeNode.capacity)
        nodeCount &+= 1
        let kept = isAtEnd ? IDTreeNode.capacity : IDTreeNode.capacity / 2
        node.moveTail(from: kept, to: right)
        if index < kept { node.insert(index, id, word) } else { right.insert(index &- kept, id, word) }
        if isLeaf {
            right.previous = node
            right.next = node.next
            node.next?.previous = right
            node.next = right
        }
        return right
    }

    /// The root has split: a new one is above both.
    private func grow(_ left: IDTreeNode, _ id: StreamID, _ right: UInt64) {
        precondition(height < 15)
        let node = IDTreeNode(in: heap, capacity: IDTreeNode.capacity)
        node.insert(0, .zero, left.word)
        node.insert(1, id, right)
        nodeCount &+= 1
        height &+= 1
        root = node
    }
}
