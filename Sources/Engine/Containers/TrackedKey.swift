// What the table of tracked keys finds: a key and the numbers of the clients that have read it, in one block of the
// heap, so that a key with one reader costs little more than its bytes.
//
//     bytes of the key (4), readers (4), key, readers in ascending order (8 each), room for more
//
// Ownership rule: an item is an address, not an owner. Whoever makes a block frees it, or gives it to a table.

/// A key that clients may have in their caches, and these clients.
@safe struct TrackedKey: TableItem {
    let start: UnsafeMutableRawPointer
    private static let headerSize = 8

    @inline(__always) init(at start: UnsafeMutableRawPointer) { unsafe self.start = start }

    /// A key with one reader.
    init(_ key: Bytes, reader: UInt64, in heap: Heap) {
        unsafe start = heap.allocate(TrackedKey.headerSize &+ key.count &+ 8)
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: key.count), as: UInt32.self)
        unsafe start.storeBytes(of: 1, toByteOffset: 4, as: UInt32.self)
        unsafe (start + TrackedKey.headerSize).copyMemory(from: key.start, byteCount: key.count)
        unsafe firstReader.storeBytes(of: reader, as: UInt64.self)
    }

    var member: Bytes {
        @_lifetime(immortal) @inline(__always) get {
            unsafe Bytes(unsafeStart: start + TrackedKey.headerSize, count: keyCount)
        }
    }

    private var keyCount: Int { unsafe Int(start.load(as: UInt32.self)) }
    var readerCount: Int { unsafe Int(start.load(fromByteOffset: 4, as: UInt32.self)) }
    private var firstReader: UnsafeMutableRawPointer { unsafe start + (TrackedKey.headerSize &+ keyCount) }

    /// Bytes of the block.
    var capacity: Int { unsafe Heap.capacity(of: start) }

    private func reader(_ index: Int) -> UInt64 {
        assert(index >= 0 && index < readerCount)
        return unsafe firstReader.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self)
    }

    /// Everyone who has read the key.
    var readers: [UInt64] { (0..<readerCount).map { reader($0) } }

    func contains(_ reader: UInt64) -> Bool {
        let place = place(of: reader)
        return place < readerCount && self.reader(place) == reader
    }

    /// Where the reader is, or where it belongs.
    private func place(of number: UInt64) -> Int {
        var low = 0, high = readerCount
        while low < high {
            let middle = (low &+ high) / 2
            if reader(middle) < number { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// The item with one more reader, who is none yet: in the same block if that has room, else in another one, and
    /// the old one is freed.
    func adding(_ number: UInt64, in heap: Heap) -> TrackedKey {
        let (count, size) = (readerCount, TrackedKey.headerSize &+ keyCount &+ readerCount &* 8)
        var item = self
        if size &+ 8 > capacity {
            unsafe item = TrackedKey(at: heap.reallocate(start, keeping: size, size: size &+ max(8, count &* 4)))
        }
        let place = item.place(of: number)
        let gap = unsafe item.firstReader + place &* 8
        unsafe (gap + 8).copyMemory(from: gap, byteCount: (count &- place) &* 8)
        unsafe gap.storeBytes(of: number, as: UInt64.self)
        unsafe item.start.storeBytes(of: UInt32(truncatingIfNeeded: count &+ 1), toByteOffset: 4, as: UInt32.self)
        return item
    }

    func free(to heap: Heap) { unsafe heap.deallocate(start) }
}
