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

    private var block: PackedBlock

    /// An empty list with room for `size` bytes of elements.
    init(in heap: Heap, size: Int = 0) {
        block = PackedBlock(in: heap, size: PackedList.headerSize, room: size)
        count = 0
    }

    /// A list that exists. The caller vouches that `word` came from `word`.
    @inline(__always) init(word: UInt64) { block = PackedBlock(word: word) }

    /// The address of the block, a multiple of 8 below 2⁴⁸.
    @inline(__always) var word: UInt64 { block.word }

    @inline(__always) private(set) var count: Int {
        get { unsafe Int(block.start.load(fromByteOffset: 4, as: UInt32.self)) }
        nonmutating set {
            unsafe block.start.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 4, as: UInt32.self)
        }
    }

    @inline(__always) var isEmpty: Bool { count == 0 }
    /// Bytes in use.
    @inline(__always) var size: Int { end }
    /// Bytes that the block occupies.
    var memoryUsage: Int { block.memoryUsage }

    /// May grow by an element of `size` bytes and stay within what a list can address.
    @inline(__always) func hasRoom(for size: Int) -> Bool {
        size <= PackedList.largestSize && end &+ size <= PackedList.largestSize
    }

    func copied(in heap: Heap) -> PackedList { PackedList(word: block.copied(in: heap).word) }

    func free(to heap: Heap) { block.free(to: heap) }

    // MARK: Positions

    @inline(__always) var first: Int { PackedList.headerSize }
    @inline(__always) var end: Int { block.size }

    /// The position behind the element at `position`.
    @inline(__always) func next(_ position: Int) -> Int {
        precondition(position < end)
        return unsafe position &+ PackedElement.size(at: block.start + position)
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
        return unsafe PackedElement.value(at: block.start + position)
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
            if unsafe wanted.isEqual(at: block.start + place) { return place }
            place = unsafe place &+ PackedElement.size(at: block.start + place)
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
        block.makeSpace(of: element.size, insteadOf: 0, at: position, in: heap)
        unsafe element.write(to: block.start + position)
        count &+= 1
    }

    /// Puts two elements before the one at `position`, such as a member and its score.
    mutating func insert(_ element: PackedElement, _ other: PackedElement, at position: Int, in heap: Heap) {
        block.makeSpace(of: element.size &+ other.size, insteadOf: 0, at: position, in: heap)
        unsafe element.write(to: block.start + position)
        unsafe other.write(to: block.start + (position &+ element.size))
        count &+= 2
    }

    /// Gives the element at `position` another content; the positions before it and its own stay.
    mutating func replace(at position: Int, with bytes: Bytes, in heap: Heap) {
        replace(at: position, with: PackedElement(bytes), in: heap)
    }

    mutating func replace(at position: Int, with element: PackedElement, in heap: Heap) {
        block.makeSpace(of: element.size, insteadOf: next(position) &- position, at: position, in: heap)
        unsafe element.write(to: block.start + position)
    }

    /// Removes `removed` elements from `position` on; what followed them is then at `position`.
    mutating func remove(_ removed: Int = 1, at position: Int, in heap: Heap) {
        let behind = skip(removed, from: position)
        block.makeSpace(of: 0, insteadOf: behind &- position, at: position, in: heap)
        count &-= removed
    }
}

extension PackedList {
    /// Sizes and counts agree with the elements, and each element is in its shortest form.
    func checkInvariants() -> Bool {
        guard end >= first, end <= memoryUsage else { return false }
        var position = first, elements = 0
        while position < end {
            guard let size = unsafe PackedElement.checkedSize(at: block.start + position, limit: end &- position) else {
                return false
            }
            position += size
            elements += 1
        }
        return position == end && elements == count
    }
}
