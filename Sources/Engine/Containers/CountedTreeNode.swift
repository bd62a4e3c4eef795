// The two kinds of node of a counted tree, 1 KiB each. Scores lie apart from members, so that a search by halves
// touches few cache lines, and a member itself only where scores are equal.
//
//     leaf     0  number of members   8  leaf before   16  leaf behind   24  62 scores   520  62 members
//     branch   0  number of children  8  31 children  256  31 sizes     504  31 scores   752  31 members
//
// Score and member number i of a branch are the first of its child i; those of child 0 have no meaning.
// The 3 lowest bits of a member's address are 0: in leaves, the saving of the tree has its marks there.
// Ownership rule: addresses, not owners; the tree allocates and frees.

/// What leaves and branches have in common: a count, and a row of scores and members in order.
protocol CountedTreeNode: BitwiseCopyable {
    static var capacity: Int { get }
    static var scoresOffset: Int { get }
    static var membersOffset: Int { get }
    /// Where the search begins: a branch's first key has no meaning.
    static var firstKey: Int { get }
    var start: UnsafeMutableRawPointer { get }
}

extension CountedTreeNode {
    @inline(__always) var count: Int {
        get { unsafe start.load(as: Int.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, as: Int.self) }
    }

    @inline(__always) var isFull: Bool { count == Self.capacity }
    /// Joins or borrows before anything is taken from it.
    @inline(__always) var isSparse: Bool { count <= Self.capacity / 4 }

    @inline(__always) func score(_ index: Int) -> Double {
        unsafe start.load(fromByteOffset: Self.scoresOffset &+ index &* 8, as: Double.self)
    }

    @inline(__always) func member(_ index: Int) -> ScoredMember {
        let word = unsafe start.load(fromByteOffset: Self.membersOffset &+ index &* 8, as: UInt64.self)
        return unsafe ScoredMember(
            at: UnsafeMutableRawPointer(bitPattern: UInt(word & ~CountedTree.markBits)).unsafelyUnwrapped)
    }

    @inline(__always) func setKey(_ index: Int, _ score: Double, _ member: ScoredMember) {
        assert(index >= 0 && index < Self.capacity)
        unsafe start.storeBytes(of: score, toByteOffset: Self.scoresOffset &+ index &* 8, as: Double.self)
        unsafe start.storeBytes(
            of: member.start, toByteOffset: Self.membersOffset &+ index &* 8, as: UnsafeMutableRawPointer.self)
    }

    @inline(__always) func setScore(_ index: Int, _ score: Double) {
        unsafe start.storeBytes(of: score, toByteOffset: Self.scoresOffset &+ index &* 8, as: Double.self)
    }

    /// Index of the first key that `comesBefore` is not true of; the keys are such that it is true of all before.
    @inline(__always) func partition(_ comesBefore: (Double, ScoredMember) -> Bool) -> Int {
        var low = Self.firstKey, length = count &- low
        while length > 0 {
            let half = length &>> 1
            if comesBefore(score(low &+ half), member(low &+ half)) {
                low &+= half &+ 1
                length &-= half &+ 1
            } else {
                length = half
            }
        }
        return low
    }

    /// Copies `moved` 8-byte words of the row at `offset`; the two nodes may be one.
    @inline(__always) func copyRow(_ offset: Int, from: Int, to other: Self, at: Int, _ moved: Int) {
        assert(from >= 0 && at >= 0 && moved >= 0 && from + moved <= Self.capacity && at + moved <= Self.capacity)
        unsafe (other.start + (offset &+ at &* 8)).copyMemory(
            from: start + (offset &+ from &* 8), byteCount: moved &* 8)
    }
}

/// Members in order.
@safe struct CountedTreeLeaf: CountedTreeNode {
    static let capacity = 62, scoresOffset = 24, membersOffset = 520, firstKey = 0
    /// Room is left for what comes.
    static let nearlyFull = 54
    let start: UnsafeMutableRawPointer

    @inline(__always) init(start: UnsafeMutableRawPointer) { unsafe self.start = start }

    @inline(__always) var previous: CountedTreeLeaf? {
        get {
            unsafe start.load(fromByteOffset: 8, as: UnsafeMutableRawPointer?.self).map {
                unsafe CountedTreeLeaf(start: $0)
            }
        }
        nonmutating set {
            unsafe start.storeBytes(of: newValue?.start, toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
        }
    }

    @inline(__always) var next: CountedTreeLeaf? {
        get {
            unsafe start.load(fromByteOffset: 16, as: UnsafeMutableRawPointer?.self).map {
                unsafe CountedTreeLeaf(start: $0)
            }
        }
        nonmutating set {
            unsafe start.storeBytes(of: newValue?.start, toByteOffset: 16, as: UnsafeMutableRawPointer?.self)
        }
    }

    @inline(__always) func insert(_ index: Int, _ score: Double, _ member: ScoredMember) {
        move(from: index, to: self, at: index &+ 1, count &- index)
        setKey(index, score, member)
        count &+= 1
    }

    @inline(__always) func remove(_ index: Int) {
        move(from: index &+ 1, to: self, at: index, count &- index &- 1)
        count &-= 1
    }

    /// The mark of a member (`CountedTree+Saving.swift`).
    func mark(_ index: Int) -> UInt64 {
        unsafe start.load(fromByteOffset: CountedTreeLeaf.membersOffset &+ index &* 8, as: UInt64.self)
            & CountedTree.markBits
    }

    func setMark(_ index: Int, _ mark: UInt64) {
        let place = CountedTreeLeaf.membersOffset &+ index &* 8
        let word = unsafe start.load(fromByteOffset: place, as: UInt64.self)
        unsafe start.storeBytes(of: word & ~CountedTree.markBits | mark, toByteOffset: place, as: UInt64.self)
    }

    /// Copies scores and members; the counts are the caller's.
    @inline(__always) func move(from: Int, to other: CountedTreeLeaf, at: Int, _ moved: Int) {
        copyRow(CountedTreeLeaf.scoresOffset, from: from, to: other, at: at, moved)
        copyRow(CountedTreeLeaf.membersOffset, from: from, to: other, at: at, moved)
    }
}

/// Children, how many members are under each, and the first member of each but the first.
@safe struct CountedTreeBranch: CountedTreeNode {
    static let capacity = 31, scoresOffset = 504, membersOffset = 752, firstKey = 1
    private static let childrenOffset = 8, sizesOffset = 256
    let start: UnsafeMutableRawPointer

    @inline(__always) init(start: UnsafeMutableRawPointer) { unsafe self.start = start }

    @inline(__always) func child(_ index: Int) -> UnsafeMutableRawPointer {
        unsafe start.load(
            fromByteOffset: CountedTreeBranch.childrenOffset &+ index &* 8, as: UnsafeMutableRawPointer.self)
    }

    @inline(__always) func size(_ index: Int) -> Int {
        unsafe start.load(fromByteOffset: CountedTreeBranch.sizesOffset &+ index &* 8, as: Int.self)
    }

    @inline(__always) func add(_ change: Int, toSize index: Int) {
        unsafe start.storeBytes(
            of: size(index) &+ change, toByteOffset: CountedTreeBranch.sizesOffset &+ index &* 8, as: Int.self)
    }

    /// How many members the children number `range` have.
    @inline(__always) func size(from: Int, to: Int) -> Int {
        var total = 0, index = from
        while index < to {
            total &+= size(index)
            index &+= 1
        }
        return total
    }

    func setChild(_ index: Int, _ child: UnsafeMutableRawPointer, size: Int) {
        unsafe start.storeBytes(
            of: child, toByteOffset: CountedTreeBranch.childrenOffset &+ index &* 8, as: UnsafeMutableRawPointer.self)
        unsafe start.storeBytes(of: size, toByteOffset: CountedTreeBranch.sizesOffset &+ index &* 8, as: Int.self)
    }

    func insertChild(_ index: Int, _ child: UnsafeMutableRawPointer, size: Int, _ score: Double, _ member: ScoredMember)
    {
        move(from: index, to: self, at: index + 1, count - index)
        unsafe setChild(index, child, size: size)
        setKey(index, score, member)
        count += 1
    }

    func removeChild(_ index: Int) {
        move(from: index + 1, to: self, at: index, count - index - 1)
        count -= 1
    }

    /// Copies children with sizes and keys; the counts are the caller's.
    func move(from: Int, to other: CountedTreeBranch, at: Int, _ moved: Int) {
        copyRow(CountedTreeBranch.childrenOffset, from: from, to: other, at: at, moved)
        copyRow(CountedTreeBranch.sizesOffset, from: from, to: other, at: at, moved)
        copyRow(CountedTreeBranch.scoresOffset, from: from, to: other, at: at, moved)
        copyRow(CountedTreeBranch.membersOffset, from: from, to: other, at: at, moved)
    }
}
