// A string that is too long for its entry: a block of its own, with room to grow, that replies may share.
//
//     0…7   count     8…11   how many others hold it     16…   the bytes
//
// Ownership rule: the entry holds the block, and so does everyone who retained it; the last one to let go frees it.
// Nobody changes a block that somebody else holds.

/// A handle of one such block; its address is the word that the entry keeps.
@safe struct LargeString {
    private static let headerSize = 16
    private let block: UnsafeMutableRawPointer

    @inline(__always) init(word: UInt64) {
        unsafe block = UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    /// Room for at least `capacity` bytes, none of them in use.
    init(capacity: Int, in heap: Heap) {
        unsafe block = heap.allocate(capacity + LargeString.headerSize)
        unsafe block.storeBytes(of: 0, as: Int.self)
        unsafe block.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
    }

    init(_ bytes: Bytes, in heap: Heap) {
        self.init(capacity: bytes.count, in: heap)
        unsafe start.copyMemory(from: bytes.start, byteCount: bytes.count)
        setCount(bytes.count)
    }

    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: block)) }
    @inline(__always) var start: UnsafeMutableRawPointer { unsafe block + LargeString.headerSize }
    @inline(__always) var count: Int { unsafe block.load(as: Int.self) }
    func setCount(_ count: Int) { unsafe block.storeBytes(of: count, as: Int.self) }

    var capacity: Int { unsafe Heap.capacity(of: block) - LargeString.headerSize }
    var memoryUsage: Int { unsafe Heap.capacity(of: block) }

    /// Valid until the string is changed or freed.
    var bytes: Bytes {
        @_lifetime(immortal) @inline(__always) get { unsafe Bytes(unsafeStart: start, count: count) }
    }

    /// The first `count` bytes, which may be more than the string has now; it must have had as many.
    @_lifetime(immortal)
    func bytes(_ count: Int) -> Bytes {
        precondition(count >= 0 && count <= capacity)
        return unsafe Bytes(unsafeStart: start, count: count)
    }

    private var otherHolders: UInt32 {
        get { unsafe block.load(fromByteOffset: 8, as: UInt32.self) }
        nonmutating set { unsafe block.storeBytes(of: newValue, toByteOffset: 8, as: UInt32.self) }
    }

    var isShared: Bool { otherHolders > 0 }

    /// One more holder, who will `release` it.
    func retain() { otherHolders += 1 }

    /// One holder less; the last one frees the block.
    func release(to heap: Heap) {
        if otherHolders > 0 { otherHolders -= 1 } else { unsafe heap.deallocate(block) }
    }

    /// The same string in a block with room for `capacity` bytes, if nobody else holds it the same one when possible.
    func enlarged(to capacity: Int, in heap: Heap) -> LargeString {
        if isShared {
            let copy = LargeString(capacity: max(capacity, count), in: heap)
            unsafe copy.start.copyMemory(from: start, byteCount: count)
            copy.setCount(count)
            release(to: heap)
            return copy
        }
        let size = capacity + LargeString.headerSize
        let moved = unsafe heap.reallocate(block, keeping: count + LargeString.headerSize, size: size)
        return LargeString(word: UInt64(UInt(bitPattern: moved)))
    }
}
