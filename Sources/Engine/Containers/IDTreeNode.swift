// One node of a tree of numbers, leaf or branch: slots of three words in order.
//
//     0  number of slots   8  leaf before   16  leaf behind   24…  milliseconds, sequence, word; …
//
// The word of a branch's slot is its child, its number a lower bound for it; that of slot 0 has no meaning.
// Ownership rule: an address, not an owner; the tree frees it.

/// The place of a node.
@safe struct IDTreeNode: BitwiseCopyable {
    /// Slots of a node that is not a lonely leaf, and its size.
    static let capacity = 41, size = 1024
    private static let headerSize = 24, slotSize = 24
    let start: UnsafeMutableRawPointer

    @inline(__always) init(start: UnsafeMutableRawPointer) { unsafe self.start = start }

    @inline(__always) init(word: UInt64) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    /// A node without slots, with room for `capacity`.
    init(in heap: Heap, capacity: Int) {
        let isWhole = capacity == IDTreeNode.capacity
        unsafe start = heap.allocate(
            isWhole ? IDTreeNode.size : IDTreeNode.headerSize &+ capacity &* IDTreeNode.slotSize)
        unsafe start.initializeMemory(as: UInt64.self, repeating: 0, count: 3)
    }

    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: start)) }
    var blockSize: Int { unsafe Heap.capacity(of: start) }
    func free(to heap: Heap) { unsafe heap.deallocate(start) }

    /// How many slots there is room for.
    var capacity: Int { min((blockSize &- IDTreeNode.headerSize) / IDTreeNode.slotSize, IDTreeNode.capacity) }

    @inline(__always) private(set) var count: Int {
        get { unsafe start.load(as: Int.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, as: Int.self) }
    }

    @inline(__always) var previous: IDTreeNode? {
        get { load(8) }
        nonmutating set { unsafe start.storeBytes(of: newValue?.word ?? 0, toByteOffset: 8, as: UInt64.self) }
    }

    @inline(__always) var next: IDTreeNode? {
        get { load(16) }
        nonmutating set { unsafe start.storeBytes(of: newValue?.word ?? 0, toByteOffset: 16, as: UInt64.self) }
    }

    @inline(__always) private func load(_ offset: Int) -> IDTreeNode? {
        unsafe start.load(fromByteOffset: offset, as: UnsafeMutableRawPointer?.self).map {
            unsafe IDTreeNode(start: $0)
        }
    }

    // MARK: Slots

    @inline(__always) private func offset(_ index: Int) -> Int {
        assert(index >= 0 && index < capacity)
        return IDTreeNode.headerSize &+ index &* IDTreeNode.slotSize
    }

    @inline(__always) func key(_ index: Int) -> StreamID {
        let place = offset(index)
        return unsafe StreamID(
            start.load(fromByteOffset: place, as: UInt64.self), start.load(fromByteOffset: place &+ 8, as: UInt64.self))
    }

    @inline(__always) func setKey(_ index: Int, _ id: StreamID) {
        let place = offset(index)
        unsafe start.storeBytes(of: id.milliseconds, toByteOffset: place, as: UInt64.self)
        unsafe start.storeBytes(of: id.sequence, toByteOffset: place &+ 8, as: UInt64.self)
    }

    @inline(__always) func word(_ index: Int) -> UInt64 {
        unsafe start.load(fromByteOffset: offset(index) &+ 16, as: UInt64.self)
    }

    @inline(__always) func setWord(_ index: Int, _ word: UInt64) {
        unsafe start.storeBytes(of: word, toByteOffset: offset(index) &+ 16, as: UInt64.self)
    }

    /// The child of a branch.
    @inline(__always) func child(_ index: Int) -> IDTreeNode { IDTreeNode(word: word(index)) }

    /// Index of the first slot from `low` on whose number `comesBefore` is not true of.
    @inline(__always) private func partition(from first: Int, _ comesBefore: (StreamID) -> Bool) -> Int {
        var low = first, length = count &- first
        // New numbers are the greatest ones most of the time.
        if length > 0, comesBefore(key(count &- 1)) { return count }
        while length > 0 {
            let half = length &>> 1
            if comesBefore(key(low &+ half)) {
                low &+= half &+ 1
                length &-= half &+ 1
            } else {
                length = half
            }
        }
        return low
    }

    /// Index of the first slot whose number is not smaller than `id`.
    @inline(__always) func index(of id: StreamID) -> Int { partition(from: 0) { $0 < id } }

    /// Index of the child under which `id` is or would be.
    @inline(__always) func childIndex(for id: StreamID) -> Int { partition(from: 1) { $0 <= id } &- 1 }

    @inline(__always) func insert(_ index: Int, _ id: StreamID, _ word: UInt64) {
        let count = count, place = unsafe start + offset(index)
        precondition(index <= count && count < IDTreeNode.capacity)
        unsafe (place + IDTreeNode.slotSize).copyMemory(
            from: place, byteCount: (count &- index) &* IDTreeNode.slotSize)
        self.count = count &+ 1
        setKey(index, id)
        setWord(index, word)
    }

    @inline(__always) func remove(_ index: Int) {
        let count = count, place = unsafe start + offset(index)
        precondition(index < count)
        unsafe place.copyMemory(
            from: place + IDTreeNode.slotSize, byteCount: (count &- index &- 1) &* IDTreeNode.slotSize)
        self.count = count &- 1
    }

    /// Gives the slots from `kept` on to an empty node.
    func moveTail(from kept: Int, to other: IDTreeNode) {
        let moved = count &- kept
        precondition(kept >= 0 && moved >= 0 && other.count == 0)
        unsafe (other.start + IDTreeNode.headerSize).copyMemory(
            from: start + IDTreeNode.headerSize + kept &* IDTreeNode.slotSize, byteCount: moved &* IDTreeNode.slotSize)
        other.count = moved
        count = kept
    }

    /// Gives all slots to a node whose last number is smaller.
    func moveAll(behind other: IDTreeNode) {
        let before = other.count, moved = count
        precondition(before + moved <= IDTreeNode.capacity)
        unsafe (other.start + IDTreeNode.headerSize + before &* IDTreeNode.slotSize).copyMemory(
            from: start + IDTreeNode.headerSize, byteCount: moved &* IDTreeNode.slotSize)
        other.count = before + moved
        count = 0
    }

    /// The same leaf in a block with room for `capacity`; it has no neighbours.
    func moved(in heap: Heap, capacity: Int) -> IDTreeNode {
        let node = IDTreeNode(in: heap, capacity: capacity)
        moveTail(from: 0, to: node)
        free(to: heap)
        return node
    }
}
