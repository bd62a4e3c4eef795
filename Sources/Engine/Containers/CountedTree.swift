// The order of a large sorted set: a B+-tree by score and member whose branches count, so that rank and member at a
// rank are as cheap as a search. Full nodes are split, and sparse ones filled up, on the way down, so that nothing
// has to go back up (`CountedTree+Balance.swift`).
//
//     header ─▶ branch ─▶ … ─▶ leaf ⇄ leaf ⇄ leaf        (see `CountedTreeNode`)
//
// Ownership rule: a `CountedTree` is an address, not an owner; whoever keeps its word frees it once. The tree owns
// its nodes, not the members: those belong to the sorted set.

/// A tree of scored members.
@safe struct CountedTree: BitwiseCopyable {
    static let nodeSize = 1024
    /// Of a member's address in a leaf.
    static let markBits: UInt64 = 7

    /// What the tree's word leads to.
    @safe struct Header {
        var root: UnsafeMutableRawPointer
        /// Branches on the way to a leaf.
        var height = 0
        var count = 0
        var nodes: Int32 = 1
        /// What marks members while the tree is being saved (`CountedTree+Saving.swift`).
        var mark: UInt8 = 1
        /// A word for the owner, who keeps here what else belongs to the tree.
        var companion: UInt64 = 0
    }

    let header: UnsafeMutablePointer<Header>
    let heap: Heap

    /// An empty tree.
    init(heap: Heap, companion: UInt64 = 0) {
        unsafe header = heap.allocate(MemoryLayout<Header>.size).bindMemory(to: Header.self, capacity: 1)
        let root = unsafe heap.allocate(CountedTree.nodeSize)
        unsafe root.initializeMemory(as: UInt8.self, repeating: 0, count: CountedTreeLeaf.scoresOffset)
        unsafe header.initialize(to: Header(root: root, companion: companion))
        self.heap = heap
    }

    /// The tree that this word names.
    @inline(__always) init(word: UInt64, heap: Heap) {
        unsafe header = UnsafeMutablePointer(bitPattern: UInt(word)).unsafelyUnwrapped
        self.heap = heap
    }

    /// Names the tree as long as it lives; a multiple of 8.
    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: header)) }
    @inline(__always) var count: Int { unsafe header.pointee.count }
    @inline(__always) var companion: UInt64 {
        get { unsafe header.pointee.companion }
        nonmutating set { unsafe header.pointee.companion = newValue }
    }
    /// Bytes of heap, without the members.
    var memoryUsage: Int { unsafe Int(header.pointee.nodes) * CountedTree.nodeSize + Heap.capacity(of: header) }

    // MARK: Changing

    /// Takes in a member that is not in the tree.
    func insert(_ member: ScoredMember, score: Double) {
        let bytes = member.member
        var level = unsafe header.pointee.height
        if level == 0 ? unsafe leaf(header.pointee.root).isFull : unsafe branch(header.pointee.root).isFull {
            growHigher(); level += 1
        }
        unsafe header.pointee.count &+= 1
        var node = unsafe header.pointee.root
        while level > 0 {
            let parent = unsafe branch(node)
            var index = childIndex(parent, score, bytes)
            if _slowPath(unsafe isFull(parent.child(index), level: level &- 1)) {
                makeRoom(in: parent, index, level: level, isAtEnd: isLast(parent, index, level, score, bytes))
                index = childIndex(parent, score, bytes)
            }
            parent.add(1, toSize: index)
            unsafe node = parent.child(index)
            level &-= 1
        }
        let leaf = unsafe leaf(node)
        let index = leaf.partition { $0 < score || $0 == score && $1.member < bytes }
        leaf.insert(index, score, member)
    }

    /// Takes out a member that is in the tree with this score.
    func remove(_ member: ScoredMember, score: Double) {
        let bytes = member.member
        unsafe header.pointee.count &-= 1
        var node = unsafe header.pointee.root, level = unsafe header.pointee.height
        // Where the member is the first of a subtree, a branch names it.
        var naming: (branch: CountedTreeBranch, index: Int)?
        while level > 0 {
            let parent = unsafe branch(node)
            var index = childIndex(parent, score, bytes)
            if _slowPath(unsafe isSparse(parent.child(index), level: level &- 1)) {
                fillUp(parent, index, level: level)
                index = childIndex(parent, score, bytes)
            }
            parent.add(-1, toSize: index)
            if index > 0, parent.member(index) == member { naming = (parent, index) }
            unsafe node = parent.child(index)
            level &-= 1
        }
        let leaf = unsafe leaf(node)
        let index = leaf.partition { $0 < score || $0 == score && $1 != member && $1.member < bytes }
        precondition(index < leaf.count && leaf.member(index) == member)
        leaf.remove(index)
        if let naming, leaf.count > 0 { naming.branch.setKey(naming.index, leaf.score(0), leaf.member(0)) }
        if unsafe header.pointee.height > 0 { shrinkLower() }
    }

    /// Gives a member another score: in place where it stays between its neighbours, else by moving it.
    func move(_ member: ScoredMember, from old: Double, to new: Double) {
        let bytes = member.member
        var node = unsafe header.pointee.root, level = unsafe header.pointee.height
        guard level <= CountedTree.rememberedHeight else { return moveFar(member, from: old, to: new) }
        var path = unsafe InlineArray<8, UnsafeMutableRawPointer>(repeating: node), indices: UInt64 = 0
        while level > 0 {
            let parent = unsafe branch(node), index = childIndex(parent, old, bytes)
            unsafe path[level &- 1] = node
            indices = indices &<< 8 | UInt64(truncatingIfNeeded: index)
            unsafe node = parent.child(index)
            level &-= 1
        }
        let leaf = unsafe leaf(node)
        let index = leaf.partition { $0 < old || $0 == old && $1 != member && $1.member < bytes }
        precondition(index < leaf.count && leaf.member(index) == member)
        // The first one of a leaf is named by a branch; equal scores would have to compare members.
        if index > 0, leaf.score(index &- 1) < new, index &+ 1 < leaf.count, new < leaf.score(index &+ 1) {
            return leaf.setScore(index, new)
        }
        guard index > 0, !leaf.isSparse else { return moveFar(member, from: old, to: new) }
        // Nothing has to be balanced: the way down is known, and only counts change on it.
        leaf.remove(index)
        unsafe header.pointee.count &-= 1
        while unsafe level < header.pointee.height {
            unsafe branch(path[level]).add(-1, toSize: Int(truncatingIfNeeded: indices & 0xFF))
            indices &>>= 8
            level &+= 1
        }
        insert(member, score: new)
    }

    /// As many levels as `move` can note, eight bits each: there are never more.
    private static let rememberedHeight = 8

    @inline(never) private func moveFar(_ member: ScoredMember, from old: Double, to new: Double) {
        remove(member, score: old)
        insert(member, score: new)
    }

    /// Gives the nodes back, taking from `budget` one for each; true when all is done. The members stay.
    /// Between the calls the tree may only be freed further.
    func free(budget: inout Int) -> Bool {
        while budget > 0 {
            var node = unsafe header.pointee.root, level = unsafe header.pointee.height
            var parent: CountedTreeBranch?
            // The last child of the last child; a branch without children goes as a leaf does.
            while level > 0, case let inner = unsafe branch(node), inner.count > 0 {
                parent = inner
                unsafe node = inner.child(inner.count - 1)
                level -= 1
            }
            unsafe heap.deallocate(node)
            budget -= 1
            guard let parent else {
                unsafe heap.deallocate(header)
                return true
            }
            parent.count -= 1
        }
        return false
    }

    // MARK: Nodes

    @inline(__always) func leaf(_ node: UnsafeMutableRawPointer) -> CountedTreeLeaf {
        unsafe CountedTreeLeaf(start: node)
    }
    @inline(__always) func branch(_ node: UnsafeMutableRawPointer) -> CountedTreeBranch {
        unsafe CountedTreeBranch(start: node)
    }

    /// The child that holds the member, or would: the last whose first member is not behind it.
    @inline(__always) private func childIndex(_ parent: CountedTreeBranch, _ score: Double, _ bytes: Bytes) -> Int {
        parent.partition { $0 < score || $0 == score && $1.member.compare(bytes) <= 0 } &- 1
    }
}
