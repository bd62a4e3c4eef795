// A run of elements in one block of the heap that is read from both ends and grows at both: a list, or a stretch of
// one.
//
//     0…3  where the elements end   4…5  where they begin   …  element, size; …
//
// The size behind an element is that of the element (`PackedElement`), in groups of 7 bits to be read backwards, as
// in Redis's listpack. Spare room lies before the first element, behind the last, or both. A position is an offset in
// bytes, from `first` up to `end`, and ends at the next change.
// The number of elements is in the word that names the deque: whoever keeps the word keeps it anew after a change.
// Ownership rule: a `PackedDeque` is an address, not an owner. The list that made it frees it once; whatever changes
// it may move the block, so there is one variable that names it. Elements read are valid until the next change.

/// The place of a packed deque.
@safe struct PackedDeque: BitwiseCopyable {
    private static let headerSize = 6
    private static let largestFirst = 60_000
    static let largestCount = Int(UInt16.max)

    private var start: UnsafeMutableRawPointer
    private(set) var count: Int

    /// An empty deque with room for `size` bytes.
    init(in heap: Heap, size: Int) {
        unsafe start = heap.allocate(PackedDeque.headerSize &+ size)
        count = 0
        (first, end) = (PackedDeque.headerSize, PackedDeque.headerSize)
    }

    /// A deque of one element, with room for `size` bytes if that is more; at the beginning if it is to grow there.
    init(_ element: PackedElement, in heap: Heap, size: Int = 0, growsAtBeginning: Bool = false) {
        let own = element.size &+ PackedDeque.tailSize(element.size)
        self.init(in: heap, size: max(size, own))
        if growsAtBeginning, size > own, size <= PackedDeque.largestFirst {
            first = PackedDeque.headerSize &+ size &- own
            end = first
        }
        append(element, in: heap)
    }

    /// A deque that exists. The caller vouches that `word` came from `word`.
    @inline(__always) init(word: UInt64) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: UInt(word & 0xFFFF_FFFF_FFFF)).unsafelyUnwrapped
        count = Int(truncatingIfNeeded: word &>> 48)
    }

    /// The address of the block, a multiple of 8, in the lower 48 bits, and the number of elements above them.
    @inline(__always) var word: UInt64 {
        unsafe UInt64(UInt(bitPattern: start)) | UInt64(truncatingIfNeeded: count) &<< 48
    }

    @inline(__always) var first: Int {
        get { unsafe Int(start.load(fromByteOffset: 4, as: UInt16.self)) }
        nonmutating set {
            unsafe start.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 4, as: UInt16.self)
        }
    }

    @inline(__always) var end: Int {
        get { unsafe Int(start.load(as: UInt32.self)) }
        nonmutating set { unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: newValue), as: UInt32.self) }
    }

    /// How many bytes a listpack of Redis with these elements has.
    @inline(__always) var listpackSize: Int { end &- first &+ 7 }
    /// Bytes that the block occupies.
    var memoryUsage: Int { unsafe Heap.capacity(of: start) }

    func free(to heap: Heap) { unsafe heap.deallocate(start) }

    func copied(in heap: Heap) -> PackedDeque { part(from: first, to: end, count: count, in: heap) }

    /// A deque of its own with the `count` elements between two positions.
    private func part(from: Int, to: Int, count: Int, in heap: Heap) -> PackedDeque {
        var part = PackedDeque(in: heap, size: to &- from)
        unsafe (part.start + PackedDeque.headerSize).copyMemory(from: start + from, byteCount: to &- from)
        part.end = PackedDeque.headerSize &+ to &- from
        part.count = count
        return part
    }

    // MARK: Positions

    /// How many bytes the size behind an element takes.
    @inline(__always) private static func tailSize(_ size: Int) -> Int {
        if _fastPath(size < 1 << 7) { return 1 }
        return size < 1 << 14 ? 2 : size < 1 << 21 ? 3 : size < 1 << 28 ? 4 : 5
    }

    /// The position behind the element at `position`.
    @inline(__always) func next(_ position: Int) -> Int {
        precondition(position < end)
        let size = unsafe PackedElement.size(at: start + position)
        return position &+ size &+ PackedDeque.tailSize(size)
    }

    /// The position of the element that ends at `position`.
    @inline(__always) func previous(_ position: Int) -> Int {
        precondition(position > first && position <= end)
        var byte = unsafe Int(start.load(fromByteOffset: position &- 1, as: UInt8.self))
        var size = byte & 0x7F, taken = 1
        while _slowPath(byte & 0x80 != 0 && taken < 5) {
            taken &+= 1
            byte = unsafe Int(start.load(fromByteOffset: position &- taken, as: UInt8.self))
            size |= (byte & 0x7F) &<< (7 &* (taken &- 1))
        }
        return position &- taken &- size
    }

    /// Where the element number `index` is, counted from 0; `end` for `count`. Walks from the nearer end.
    func position(of index: Int) -> Int {
        let count = count
        precondition(index >= 0 && index <= count)
        if index &* 2 <= count {
            var position = first
            for _ in 0..<index { position = next(position) }
            return position
        }
        var position = end
        for _ in index..<count { position = previous(position) }
        return position
    }

    // MARK: Reading

    @_lifetime(immortal)
    @inline(__always) func element(at position: Int) -> StringValue {
        precondition(position >= first && position < end)
        return unsafe PackedElement.value(at: start + position)
    }

    @inline(__always) func isEqual(_ element: PackedElement, at position: Int) -> Bool {
        precondition(position >= first && position < end)
        return unsafe element.isEqual(at: start + position)
    }
}

extension PackedDeque {
    // MARK: Changing

    mutating func append(_ element: PackedElement, in heap: Heap) { insert(element, at: end, in: heap) }
    mutating func prepend(_ element: PackedElement, in heap: Heap) { insert(element, at: first, in: heap) }

    /// Puts `element`, which is no view of this deque, before the one at `position`, or behind the last one.
    @inline(__always) mutating func insert(_ element: PackedElement, at position: Int, in heap: Heap) {
        let size = element.size
        precondition(count < PackedDeque.largestCount)
        let place = makeSpace(of: size &+ PackedDeque.tailSize(size), insteadOf: 0, at: position, in: heap)
        write(element, at: place)
        count &+= 1
    }

    /// Gives the element at `position` another content.
    mutating func replace(at position: Int, with element: PackedElement, in heap: Heap) {
        let size = element.size
        let place = makeSpace(
            of: size &+ PackedDeque.tailSize(size), insteadOf: next(position) &- position, at: position, in: heap)
        write(element, at: place)
    }

    /// Removes `removed` elements from `position` on.
    mutating func remove(_ removed: Int = 1, at position: Int, in heap: Heap) {
        var behind = position
        for _ in 0..<removed { behind = next(behind) }
        count &-= removed
        _ = makeSpace(of: 0, insteadOf: behind &- position, at: position, in: heap)
        shrink(in: heap)
    }

    /// Removes the last `removed` elements.
    mutating func removeLast(_ removed: Int, in heap: Heap) {
        precondition(removed <= count)
        for _ in 0..<removed { end = previous(end) }
        count &-= removed
        shrink(in: heap)
    }

    /// Keeps the first `kept` elements; the others become a deque of their own.
    mutating func split(at kept: Int, in heap: Heap) -> PackedDeque {
        let position = position(of: kept)
        let rest = part(from: position, to: end, count: count &- kept, in: heap)
        end = position
        count = kept
        shrink(in: heap)
        return rest
    }

    /// Takes in the elements of `other`, which ends here.
    mutating func append(_ other: PackedDeque, in heap: Heap) {
        let size = other.end &- other.first
        let place = makeSpace(of: size, insteadOf: 0, at: end, in: heap)
        unsafe (start + place).copyMemory(from: other.start + other.first, byteCount: size)
        count &+= other.count
        other.free(to: heap)
    }

    func contains(_ wanted: PackedElement) -> Bool {
        var position = first
        while position < end {
            if isEqual(wanted, at: position) { return true }
            position = next(position)
        }
        return false
    }

    /// Removes the first (or last) `limit` elements equal to `wanted`, and answers how many there were.
    mutating func removeMatches(of wanted: PackedElement, backwards: Bool, limit: Int, in heap: Heap) -> Int {
        var matches = 0, position = first
        while position < end {
            if isEqual(wanted, at: position) { matches += 1 }
            position = next(position)
        }
        let removed = min(matches, limit)
        if removed == 0 { return 0 }
        var kept = backwards ? matches - removed : 0, left = removed, place = first
        position = first
        while position < end {
            let following = next(position), size = following - position
            let isMatch = left > 0 && isEqual(wanted, at: position)
            if isMatch, kept == 0 {
                left -= 1
            } else {
                if isMatch { kept -= 1 }
                if place < position { unsafe (start + place).copyMemory(from: start + position, byteCount: size) }
                place += size
            }
            position = following
        }
        end = place
        count -= removed
        shrink(in: heap)
        return removed
    }

    @inline(__always) private func write(_ element: PackedElement, at place: Int) {
        let size = element.size
        unsafe element.write(to: start + place)
        let tail = PackedDeque.tailSize(size)
        var rest = size, offset = place &+ size &+ tail
        // The last byte has the lowest bits; the bit above them says that there are more before it.
        for index in 1...tail {
            offset &-= 1
            unsafe start.storeBytes(
                of: UInt8(truncatingIfNeeded: rest & 0x7F | (index < tail ? 0x80 : 0)), toByteOffset: offset,
                as: UInt8.self)
            rest &>>= 7
        }
    }

    /// Makes the `old` bytes at `position` to `new` bytes, whose content is then open; answers where they are.
    @inline(__always) private mutating func makeSpace(of new: Int, insteadOf old: Int, at position: Int, in heap: Heap)
        -> Int
    {
        let first = first, end = end, change = new &- old
        precondition(position >= first && position <= end &- old)
        let before = position &- first, behind = end &- position &- old
        let room = first &- change
        if before < behind, room >= PackedDeque.headerSize, room <= PackedDeque.largestFirst {
            unsafe (start + room).copyMemory(from: start + first, byteCount: before)
            self.first = room
            return room &+ before
        }
        guard unsafe end &+ change <= Heap.capacity(of: start) else { return moveApart(position, old, new, in: heap) }
        if before == 0, change > 0, behind > 256 { return moveApart(position, old, new, in: heap) }
        unsafe (start + position + new).copyMemory(from: start + position + old, byteCount: behind)
        self.end = end &+ change
        return position
    }

    /// There is no room on the right side: everything moves, in a larger block or in this one. Who grows at the
    /// beginning gets half of the spare room there.
    @inline(never) private mutating func moveApart(_ position: Int, _ old: Int, _ new: Int, in heap: Heap) -> Int {
        let before = position &- first, behind = end &- position &- old, size = before &+ new &+ behind
        precondition(size <= Int(UInt32.max) - PackedDeque.headerSize)
        let source = unsafe start, oldFirst = first
        let capacity = unsafe Heap.capacity(of: start)
        let isEnough = capacity >= PackedDeque.headerSize &+ size
        let target = unsafe isEnough ? start : heap.allocate(PackedDeque.headerSize &+ size)
        let spare = unsafe Heap.capacity(of: target) &- PackedDeque.headerSize &- size
        let gap = before < behind ? min((spare &+ 1) / 2, PackedDeque.largestFirst &- PackedDeque.headerSize) : 0
        let newFirst = PackedDeque.headerSize &+ gap
        let newPlace = newFirst &+ before, newBehind = newPlace &+ new
        // Inside one block the part that moves away from the other goes first.
        if newBehind > oldFirst &+ before &+ old {
            unsafe (target + newBehind).copyMemory(from: source + (oldFirst &+ before &+ old), byteCount: behind)
            unsafe (target + newFirst).copyMemory(from: source + oldFirst, byteCount: before)
        } else {
            unsafe (target + newFirst).copyMemory(from: source + oldFirst, byteCount: before)
            unsafe (target + newBehind).copyMemory(from: source + (oldFirst &+ before &+ old), byteCount: behind)
        }
        if !isEnough { unsafe heap.deallocate(source) }
        unsafe start = target
        self.first = newFirst
        self.end = newBehind &+ behind
        return newPlace
    }

    /// Gives spare room back if there is much of it.
    mutating func trim(in heap: Heap) {
        let used = end &- first &+ PackedDeque.headerSize
        guard unsafe Heap.capacity(of: start) &- used > used / 8 else { return }
        let smaller = copied(in: heap)
        free(to: heap)
        self = smaller
    }

    /// A deque that has become much smaller gives room back.
    @inline(__always) private mutating func shrink(in heap: Heap) {
        let capacity = unsafe Heap.capacity(of: start)
        guard _slowPath(capacity > 64 && (end &- first &+ PackedDeque.headerSize) <= capacity &>> 1) else { return }
        let smaller = copied(in: heap)
        free(to: heap)
        self = smaller
    }

    // MARK: Invariants

    /// Ends, counts and sizes agree, and each element is in its shortest form.
    func checkInvariants() -> Bool {
        guard first >= PackedDeque.headerSize, first <= end, end <= memoryUsage else { return false }
        var position = first, elements = 0
        while position < end {
            guard let size = unsafe PackedElement.checkedSize(at: start + position, limit: end - position) else {
                return false
            }
            let following = position + size + PackedDeque.tailSize(size)
            guard following <= end, previous(following) == position else { return false }
            position = following
            elements += 1
        }
        return elements == count
    }
}
