// A listpack in a block of the heap that grows at its end: one node of a stream. The block holds Redis's bytes from its
// beginning (see `Listpack`) and spare room behind them; integers in it can be replaced.
// A position is an offset in bytes from `first` up to `end`, and ends at the next change.
// Ownership rule: an address, not an owner. The stream frees it once; whatever changes it may move the block, so there
// is one variable that names it. Elements read are valid until the next change.

/// The place of a listpack.
@safe struct ListpackBlock: BitwiseCopyable {
    private var start: UnsafeMutableRawPointer

    /// An empty listpack in a block of at least `size` bytes.
    init(in heap: Heap, size: Int) {
        unsafe start = heap.allocate(max(size, Listpack.smallestSize))
        unsafe start.storeBytes(of: UInt64(Listpack.smallestSize) | 0xFF &<< 48, as: UInt64.self)
    }

    /// A copy of bytes that have been checked.
    init(_ pack: Listpack, in heap: Heap) {
        unsafe start = heap.allocate(max(pack.bytes.count, 8))
        unsafe start.copyMemory(from: pack.bytes.start, byteCount: pack.bytes.count)
    }

    /// A listpack that exists. The caller vouches that `word` came from `word`.
    @inline(__always) init(word: UInt64) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    /// The address of the block, a multiple of 8 below 2⁴⁸.
    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: start)) }
    var memoryUsage: Int { unsafe Heap.capacity(of: start) }
    func free(to heap: Heap) { unsafe heap.deallocate(start) }

    func copied(in heap: Heap) -> ListpackBlock {
        let copy = ListpackBlock(in: heap, size: size)
        unsafe copy.start.copyMemory(from: start, byteCount: size)
        return copy
    }

    /// Bytes of the listpack.
    @inline(__always) private(set) var size: Int {
        get { unsafe Int(start.load(as: UInt32.self)) }
        nonmutating set { unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: newValue), as: UInt32.self) }
    }

    /// The listpack as Redis has it. Valid until the next change.
    var bytes: Bytes {
        @_lifetime(immortal) get { unsafe Bytes(unsafeStart: start, count: size) }
    }

    // MARK: Reading

    @inline(__always) var first: Int { Listpack.headerSize }
    @inline(__always) var end: Int { size &- 1 }

    /// The position behind the element at `position`.
    @inline(__always) func next(_ position: Int) -> Int {
        precondition(position >= first && position < end)
        return unsafe Listpack.next(start, position)
    }

    /// The position of the element that ends at `position`.
    @inline(__always) func previous(_ position: Int) -> Int {
        precondition(position > first && position <= end)
        return unsafe Listpack.previous(start, position)
    }

    /// The position `count` elements further on.
    @inline(__always) func skip(_ count: Int, from position: Int) -> Int {
        var position = position, left = count
        while left > 0 {
            position = next(position)
            left &-= 1
        }
        return position
    }

    @_lifetime(immortal)
    @inline(__always) func element(at position: Int) -> StringValue {
        precondition(position >= first && position < end)
        return unsafe PackedElement.value(at: start + position)
    }

    /// The element at `position` as a number; 0 if it is none.
    @inline(__always) func integer(at position: Int) -> Int64 {
        precondition(position >= first && position < end)
        let tag = unsafe start.load(fromByteOffset: position, as: UInt8.self)
        if _fastPath(tag < 0x80) { return Int64(tag) }
        return unsafe PackedElement.value(at: start + position).integer ?? 0
    }

    /// The element at `position` is this text.
    @inline(__always) func isEqual(_ text: Bytes, at position: Int) -> Bool {
        precondition(position >= first && position < end)
        let tag = unsafe start.load(fromByteOffset: position, as: UInt8.self)
        if _fastPath(tag & 0xC0 == 0x80) {
            return unsafe Bytes(unsafeStart: start + (position &+ 1), count: Int(tag & 0x3F)) == text
        }
        return isEqualSlowly(text, at: position)
    }

    @inline(never) private func isEqualSlowly(_ text: Bytes, at position: Int) -> Bool {
        element(at: position).withBytes { $0 == text }
    }

    // MARK: Changing

    /// How many bytes a text of so many bytes may take at most, with its size behind it.
    @inline(__always) static func largestSize(ofText count: Int) -> Int {
        count &+ (count < 64 ? 2 : count < 4096 ? 4 : 10)
    }

    /// How many bytes an integer may take at most, with its size behind it.
    @inline(__always) static func largestSize(of integer: Int64) -> Int {
        integer >= 0 && integer < 128 ? 2 : integer.magnitude < 4096 ? 3 : 10
    }

    /// Makes room for `extra` bytes at the end.
    @inline(__always) mutating func reserve(_ extra: Int, in heap: Heap) {
        let needed = size &+ extra
        if unsafe needed > Heap.capacity(of: start) { grow(to: needed, in: heap) }
    }

    /// Half as much again, so that a node is moved a few times only; less of large ones.
    @inline(never) private mutating func grow(to needed: Int, in heap: Heap) {
        let size = size
        let roomy = size + max(min(size / 2, 4096), size / 8)
        unsafe start = heap.reallocate(start, keeping: size, size: max(needed, roomy))
    }

    /// Puts an element at the end, for which room has been reserved.
    @inline(__always) func append(_ element: PackedElement) {
        let size = element.size, total = self.size, place = total &- 1
        let tail = Listpack.tailSize(size)
        precondition(unsafe total &+ size &+ tail <= Heap.capacity(of: start))
        unsafe element.write(to: start + place)
        unsafe Listpack.writeTail(of: size, to: start + (place &+ size))
        unsafe start.storeBytes(of: Listpack.terminator, toByteOffset: place &+ size &+ tail, as: UInt8.self)
        self.size = total &+ size &+ tail
        let count = unsafe start.load(fromByteOffset: 4, as: UInt16.self)
        if count < UInt16.max { unsafe start.storeBytes(of: count &+ 1, toByteOffset: 4, as: UInt16.self) }
    }

    @inline(__always) func append(_ integer: Int64) { append(PackedElement(integer)) }

    /// Makes the element at `position` an integer.
    @inline(__always) mutating func replace(at position: Int, with integer: Int64, in heap: Heap) {
        precondition(position >= first && position < end)
        let tag = unsafe start.load(fromByteOffset: position, as: UInt8.self)
        if _fastPath(tag < 0x80 && integer >= 0 && integer < 0x80) {
            unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: integer), toByteOffset: position, as: UInt8.self)
        } else {
            replaceSlowly(at: position, with: PackedElement(integer), in: heap)
        }
    }

    @inline(never)
    private mutating func replaceSlowly(at position: Int, with element: PackedElement, in heap: Heap) {
        let behind = next(position), added = element.size + Listpack.tailSize(element.size)
        let change = added - (behind - position)
        if change > 0 { reserve(change, in: heap) }
        unsafe (start + (position + added)).copyMemory(from: start + behind, byteCount: size - behind)
        unsafe element.write(to: start + position)
        unsafe Listpack.writeTail(of: element.size, to: start + (position + element.size))
        size += change
    }

    /// Gives spare room back.
    mutating func shrinkToFit(in heap: Heap) {
        let smaller = copied(in: heap)
        if smaller.memoryUsage < memoryUsage {
            free(to: heap)
            self = smaller
        } else {
            smaller.free(to: heap)
        }
    }

    func checkInvariants() -> Bool { size <= memoryUsage && Listpack(checking: bytes) != nil }
}
