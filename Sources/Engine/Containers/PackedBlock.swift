// A block of the heap whose first four bytes say how many bytes of it are in use, themselves included: what packed
// lists and packed pairs are made of. It makes and closes gaps, and keeps the block as large as its contents need;
// what the contents are is its owner's business.
//
// Ownership rule: an address, not an owner. Whoever made it frees it once; whatever changes it may move it.

/// The place of a block that grows and shrinks with what is in it.
@safe struct PackedBlock: BitwiseCopyable {
    private(set) var start: UnsafeMutableRawPointer

    /// A block of which `size` bytes are in use, with `room` for more.
    @inline(__always) init(in heap: Heap, size: Int, room: Int) {
        unsafe start = heap.allocate(size &+ room)
        self.size = size
    }

    /// A block that exists. The caller vouches that `word` came from `word`.
    @inline(__always) init(word: UInt64) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    /// The address, a multiple of 8 below 2⁴⁸.
    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: start)) }

    /// Bytes in use.
    @inline(__always) private(set) var size: Int {
        get { unsafe Int(start.load(as: UInt32.self)) }
        nonmutating set { unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: newValue), as: UInt32.self) }
    }

    /// Bytes that the block occupies.
    var memoryUsage: Int { unsafe Heap.capacity(of: start) }

    func copied(in heap: Heap) -> PackedBlock {
        let copy = PackedBlock(in: heap, size: size, room: 0)
        unsafe copy.start.copyMemory(from: start, byteCount: size)
        return copy
    }

    func free(to heap: Heap) { unsafe heap.deallocate(start) }

    /// Makes the `old` bytes at `position` to `new` bytes, whose content is then open, and moves what is behind them.
    /// What is written must not be a view of this block. The caller vouches that `position` is behind its header.
    @inline(__always) mutating func makeSpace(of new: Int, insteadOf old: Int, at position: Int, in heap: Heap) {
        let end = size
        precondition(position > 0 && position <= end &- old)
        let size = end &- old &+ new
        precondition(size <= Int(UInt32.max))
        if new > old { reserve(size, in: heap) }
        let rest = end &- old &- position
        if rest > 0, new != old {
            unsafe (start + position + new).copyMemory(from: start + position + old, byteCount: rest)
        }
        self.size = size
        if new < old { shrink(to: size, in: heap) }
    }

    @inline(__always) private mutating func reserve(_ size: Int, in heap: Heap) {
        if _slowPath(unsafe Heap.capacity(of: start) < size) { grow(size, in: heap) }
    }

    /// Small blocks have spare room by their size class; large ones that have grown before get an eighth more.
    @inline(never) private mutating func grow(_ size: Int, in heap: Heap) {
        let held = self.size
        unsafe start = heap.reallocate(start, keeping: held, size: size > 2048 && held > 8 ? size &+ size / 8 : size)
    }

    /// What has become much smaller gives the room back.
    @inline(__always) private mutating func shrink(to size: Int, in heap: Heap) {
        let capacity = unsafe Heap.capacity(of: start)
        if _slowPath(capacity > 64 && size <= capacity &>> 1) { move(size, in: heap) }
    }

    @inline(never) private mutating func move(_ size: Int, in heap: Heap) {
        let moved = unsafe heap.allocate(size)
        unsafe moved.copyMemory(from: start, byteCount: size)
        unsafe heap.deallocate(start)
        unsafe start = moved
    }
}
