// A run of elements in one block of the heap: what hashes, sets and sorted sets are while they are small.
//
//     0…3  size in bytes, with this header     4…7  number of elements     8…  elements (see `PackedElement`)
//
// It is read forwards; a position is an offset in bytes, from `first` up to `end`, and is valid until the next change.
// Ownership rule: a `PackedList` is an address, not an owner. The value that made it frees it once; whatever changes
// it may move the block, so there is one variable that names it. Elements read are valid until the next change.

/// The place of a packed list.
@safe struct PackedList: BitwiseCopyable {
    private static let headerSize = 8
    /// Larger lists must become something else; `hasRoom` says when.
    static let largestSize = 1 << 30

    private var start: UnsafeMutableRawPointer

    /// An empty list with room for `size` bytes of elements.
    init(in heap: Heap, size: Int = 0) {
        unsafe start = heap.allocate(PackedList.headerSize &+ size)
        unsafe start.storeBytes(of: UInt64(PackedList.headerSize), as: UInt64.self)
    }

    /// A list that exists. The caller vouches that `word` came from `word`.
    @inline(__always) init(word: UInt64) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    /// The address of the block, a multiple of 8 below 2⁴⁸.
    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: start)) }

    @inline(__always) var count: Int { unsafe Int(start.load(fromByteOffset: 4, as: UInt32.self)) }
    @inline(__always) var isEmpty: Bool { count == 0 }
    /// Bytes in use.
    @inline(__always) var size: Int { end }
    /// Bytes that the block occupies.
    var memoryUsage: Int { unsafe Heap.capacity(of: start) }

    /// May grow by an element of `size` bytes and stay within what a list can address.
    @inline(__always) func hasRoom(for size: Int) -> Bool {
        size <= PackedList.largestSize && end &+ size <= PackedList.largestSize
    }

    func copied(in heap: Heap) -> PackedList {
        let copy = PackedList(in: heap, size: end &- PackedList.headerSize)
        unsafe copy.start.copyMemory(from: start, byteCount: end)
        return copy
    }

    func free(to heap: Heap) { unsafe heap.deallocate(start) }

    // MARK: Positions

    @inline(__always) var first: Int { PackedList.headerSize }
    @inline(__always) var end: Int { unsafe Int(start.load(as: UInt32.self)) }

    /// The position behind the element at `position`.
    @inline(__always) func next(_ position: Int) -> Int {
        precondition(position < end)
        return unsafe position &+ PackedElement.size(at: start + position)
    }

    /// The position `count` elements further; the list has as many.
    @inline(__always) func skip(_ count: Int, from position: Int) -> Int {
        var position = position, left = count
        while left > 0 {
            position = next(position)
            left &-= 1
        }
        return position
    }

    /// Where the element number `index` is, counted from 0; `end` for `count`.
    func position(of index: Int) -> Int {
        precondition(index >= 0 && index <= count)
        return skip(index, from: first)
    }

    /// Where the element before `position` is. Walks from the start.
    func previous(_ position: Int) -> Int {
        precondition(position > first && position <= end)
        var place = first
        while true {
            let following = next(place)
            if following >= position { return place }
            place = following
        }
    }

    // MARK: Reading

    @_lifetime(immortal)
    @inline(__always) func element(at position: Int) -> StringValue {
        precondition(position >= PackedList.headerSize && position < end)
        return unsafe PackedElement.value(at: start + position)
    }

    /// The element at `position`, which was written as a score.
    @inline(__always) func score(at position: Int) -> Double {
        switch element(at: position) {
        case .integer(let integer): Double(integer)
        case .bytes(let bytes):
            bytes.count == 4
                ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bytes.halfWord(at: 0))))
                : Double(bitPattern: bytes.word(at: 0))
        }
    }

    /// Where an element equal to `bytes` is; looks at every `stride`-th one, beginning with the one at `position`.
    @inline(__always) func find(_ bytes: Bytes, stride: Int = 1, from position: Int = PackedList.headerSize) -> Int? {
        let wanted = PackedElement(bytes)
        let end = end
        var place = position
        while place < end {
            if unsafe wanted.isEqual(at: start + place) { return place }
            place = unsafe place &+ PackedElement.size(at: start + place)
            if stride > 1 { place = skip(stride &- 1, from: place) }
        }
        return nil
    }

    @inline(__always) func forEach<Failure: Error>(_ body: (StringValue) throws(Failure) -> Void) throws(Failure) {
        var position = first
        let end = end
        while position < end {
            try body(element(at: position))
            position = next(position)
        }
    }

    // MARK: Changing

    @inline(__always) mutating func append(_ bytes: Bytes, in heap: Heap) {
        insert(PackedElement(bytes), at: end, in: heap)
    }

    mutating func prepend(_ bytes: Bytes, in heap: Heap) { insert(PackedElement(bytes), at: first, in: heap) }

    /// Puts `bytes` before the element at `position`, or behind the last one.
    mutating func insert(_ bytes: Bytes, at position: Int, in heap: Heap) {
        insert(PackedElement(bytes), at: position, in: heap)
    }

    mutating func insert(_ element: PackedElement, at position: Int, in heap: Heap) {
        makeSpace(of: element.size, insteadOf: 0, at: position, in: heap)
        unsafe element.write(to: start + position)
        add(1)
    }

    /// Puts two elements before the one at `position`, such as a member and its score.
    mutating func insert(_ element: PackedElement, _ other: PackedElement, at position: Int, in heap: Heap) {
        makeSpace(of: element.size &+ other.size, insteadOf: 0, at: position, in: heap)
        unsafe element.write(to: start + position)
        unsafe other.write(to: start + (position &+ element.size))
        add(2)
    }

    /// Gives the element at `position` another content; the positions before it and its own stay.
    mutating func replace(at position: Int, with bytes: Bytes, in heap: Heap) {
        replace(at: position, with: PackedElement(bytes), in: heap)
    }

    mutating func replace(at position: Int, with element: PackedElement, in heap: Heap) {
        makeSpace(of: element.size, insteadOf: next(position) &- position, at: position, in: heap)
        unsafe element.write(to: start + position)
    }

    /// Removes `removed` elements from `position` on; what followed them is then at `position`.
    mutating func remove(_ removed: Int = 1, at position: Int, in heap: Heap) {
        let behind = skip(removed, from: position)
        makeSpace(of: 0, insteadOf: behind &- position, at: position, in: heap)
        add(0 &- removed)
    }

    @inline(__always) private func add(_ change: Int) {
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: count &+ change), toByteOffset: 4, as: UInt32.self)
    }

    /// Makes the `old` bytes at `position` to `new` bytes, whose content is then open, and moves what is behind them.
    /// What is written must not be a view of this list.
    @inline(__always) private mutating func makeSpace(of new: Int, insteadOf old: Int, at position: Int, in heap: Heap)
    {
        let end = end
        precondition(position >= PackedList.headerSize && position <= end &- old)
        let size = end &- old &+ new
        precondition(size <= Int(UInt32.max))
        if new > old { reserve(size, in: heap) }
        let rest = end &- old &- position
        if rest > 0, new != old {
            unsafe (start + position + new).copyMemory(from: start + position + old, byteCount: rest)
        }
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: size), as: UInt32.self)
        if new < old { shrink(to: size, in: heap) }
    }

    @inline(__always) private mutating func reserve(_ size: Int, in heap: Heap) {
        if _slowPath(unsafe Heap.capacity(of: start) < size) { grow(size, in: heap) }
    }

    /// Small blocks have spare room by their size class; large ones get an eighth more.
    @inline(never) private mutating func grow(_ size: Int, in heap: Heap) {
        unsafe start = heap.reallocate(start, keeping: end, size: size > 2048 && count > 0 ? size &+ size / 8 : size)
    }

    /// A list that has become much smaller gives the room back.
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

extension PackedList {
    /// Sizes and counts agree with the elements, and each element is in its shortest form.
    func checkInvariants() -> Bool {
        guard end >= first, end <= memoryUsage else { return false }
        var position = first, elements = 0
        while position < end {
            guard let size = unsafe PackedElement.checkedSize(at: start + position, limit: end &- position) else {
                return false
            }
            position += size
            elements += 1
        }
        return position == end && elements == count
    }
}
