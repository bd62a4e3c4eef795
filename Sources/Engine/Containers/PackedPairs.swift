// A run of fields, each with its value, in one block of the heap: what hashes are while they are small.
//
//     0…3  size in bytes, with this header     4…5  number of pairs     6…  pairs (see `PackedPair`)
//
// It is read forwards; a position is an offset in bytes, from `first` up to `end`, and is valid until the next change.
// Ownership rule: an address, not an owner. The hash that made it frees it once; whatever changes it may move the
// block, so there is one variable that names it. What is read is valid until the next change.

/// The place of a row of packed pairs.
@safe struct PackedPairs: BitwiseCopyable {
    private static let headerSize = 6
    /// More, or larger ones, must become something else; `hasRoom` says when.
    private static let largestSize = 1 << 30, largestCount = Int(UInt16.max)

    private var block: PackedBlock

    /// No pairs, with room for `size` bytes of them.
    init(in heap: Heap, size: Int = 0) {
        block = PackedBlock(in: heap, size: PackedPairs.headerSize, room: size)
        count = 0
    }

    /// Pairs that exist. The caller vouches that `word` came from `word`.
    @inline(__always) init(word: UInt64) { block = PackedBlock(word: word) }

    /// The address of the block, a multiple of 8 below 2⁴⁸.
    @inline(__always) var word: UInt64 { block.word }

    @inline(__always) private(set) var count: Int {
        get { unsafe Int(block.start.load(fromByteOffset: 4, as: UInt16.self)) }
        nonmutating set {
            unsafe block.start.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 4, as: UInt16.self)
        }
    }

    /// Bytes that the block occupies.
    var memoryUsage: Int { block.memoryUsage }

    /// May take in one more pair, of `size` bytes and what belongs to them.
    @inline(__always) func hasRoom(for size: Int) -> Bool {
        size <= PackedPairs.largestSize && end &+ size &+ 16 <= PackedPairs.largestSize
            && count < PackedPairs.largestCount
    }

    func copied(in heap: Heap) -> PackedPairs { PackedPairs(word: block.copied(in: heap).word) }

    func free(to heap: Heap) { block.free(to: heap) }

    // MARK: Positions

    @inline(__always) var first: Int { PackedPairs.headerSize }
    @inline(__always) var end: Int { block.size }

    /// The position behind the pair at `position`.
    @inline(__always) func next(_ position: Int) -> Int {
        precondition(position < end)
        return position &+ size(at: position)
    }

    @inline(__always) private func tag(at position: Int) -> Int {
        unsafe Int(block.start.load(fromByteOffset: position, as: UInt8.self))
    }

    @inline(__always) private func size(at position: Int) -> Int {
        unsafe PackedPair.size(at: block.start + position, tag: tag(at: position))
    }

    /// Where pair number `index`, which exists, is.
    func position(of index: Int) -> Int {
        precondition(index >= 0 && index < count)
        var position = first
        for _ in 0..<index { position &+= size(at: position) }
        return position
    }

    /// Which pair is at `position`.
    func index(of position: Int) -> Int {
        var place = first, index = 0
        while place < position {
            place &+= size(at: place)
            index &+= 1
        }
        return index
    }

    // MARK: Reading

    @_lifetime(immortal)
    @inline(__always) func field(at position: Int) -> StringValue {
        precondition(position >= first && position < end)
        return unsafe PackedPair.field(at: block.start + position, tag: tag(at: position))
    }

    @_lifetime(immortal)
    @inline(__always) func value(at position: Int) -> StringValue {
        precondition(position >= first && position < end)
        return unsafe PackedPair.value(at: block.start + position, tag: tag(at: position))
    }

    /// Where the pair with this field is.
    @inline(__always) func find(_ field: PackedField) -> Int? {
        guard _fastPath(field.isText) else { return find(field.element) }
        let end = end
        var position = first
        while position < end {
            let tag = tag(at: position)
            if unsafe field.isEqualText(at: block.start + position, tag: tag) { return position }
            position = unsafe position &+ PackedPair.size(at: block.start + position, tag: tag)
        }
        return nil
    }

    /// The same for a field that is an integer or long, and so never one of two short texts.
    @inline(never) private func find(_ field: PackedElement) -> Int? {
        let end = end
        var position = first
        while position < end {
            let tag = tag(at: position)
            if tag >= 0x80, unsafe field.isEqual(at: block.start + position) { return position }
            position = unsafe position &+ PackedPair.size(at: block.start + position, tag: tag)
        }
        return nil
    }

    /// Every field with its value, in the order in which they came.
    @inline(__always) func forEach(_ body: (StringValue, StringValue) -> Void) {
        var position = first
        let end = end
        while position < end {
            let behind = position &+ size(at: position)
            body(field(at: position), value(at: position))
            position = behind
        }
    }

    // MARK: Changing

    /// Adds a pair, for which there is room. Neither part is a view of these pairs.
    @inline(__always) mutating func append(_ field: PackedField, _ value: Bytes, in heap: Heap) {
        precondition(count < PackedPairs.largestCount)
        let pair = PackedPair(field, value), place = end
        block.makeSpace(of: pair.size, insteadOf: 0, at: place, in: heap)
        unsafe pair.write(to: block.start + place)
        count &+= 1
    }

    /// Gives the pair at `position`, which has this field, another value.
    @inline(__always) mutating func replace(
        at position: Int, _ field: PackedField, with value: Bytes, in heap: Heap
    ) {
        precondition(position >= first && position < end)
        let element = PackedElement(value)
        if tag(at: position) >= 0x80, !element.isShortText {
            // The field stays as it is.
            let place = unsafe position &+ PackedElement.size(at: block.start + position)
            let old = unsafe PackedElement.size(at: block.start + place)
            block.makeSpace(of: element.size, insteadOf: old, at: place, in: heap)
            return unsafe element.write(to: block.start + place)
        }
        let pair = PackedPair(field, value, element)
        block.makeSpace(of: pair.size, insteadOf: size(at: position), at: position, in: heap)
        unsafe pair.write(to: block.start + position)
    }

    /// Takes the pair at `position` out.
    mutating func remove(at position: Int, in heap: Heap) {
        precondition(position >= first && position < end)
        block.makeSpace(of: 0, insteadOf: size(at: position), at: position, in: heap)
        count &-= 1
    }

    /// Sizes and counts agree with the pairs, and each pair is in its shortest form.
    func checkInvariants() -> Bool {
        guard end >= first, end <= memoryUsage else { return false }
        var position = first, pairs = 0
        while position < end {
            guard let size = unsafe PackedPair.checkedSize(at: block.start + position, limit: end &- position) else {
                return false
            }
            position += size
            pairs += 1
        }
        return position == end && pairs == count
    }
}
