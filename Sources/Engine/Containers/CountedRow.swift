// A row of words, each of which stands for a number of elements: one level of the directory of a long list.
//
//     0…7  number of entries   8…15  number of elements in all   16…  word, elements (4 bytes), tag (4 bytes); …
//
// The tag is the directory's, for what it wants to remember of an entry; at first it is 0.
// Ownership rule: an address, not an owner; the directory frees it, and owns what the words name.

/// The place of a row of counted words.
@safe struct CountedRow: BitwiseCopyable {
    static let headerSize = 16, entrySize = 16
    private var start: UnsafeMutableRawPointer

    /// An empty row with room for `capacity` entries.
    init(in heap: Heap, capacity: Int) {
        unsafe start = heap.allocate(CountedRow.headerSize + capacity * CountedRow.entrySize)
        (count, total) = (0, 0)
    }

    @inline(__always) init(word: UInt64) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: start)) }
    var memoryUsage: Int { unsafe Heap.capacity(of: start) }
    func free(to heap: Heap) { unsafe heap.deallocate(start) }

    @inline(__always) private(set) var count: Int {
        get { unsafe start.load(as: Int.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, as: Int.self) }
    }

    /// Elements of all entries.
    @inline(__always) private(set) var total: Int {
        get { unsafe start.load(fromByteOffset: 8, as: Int.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
    }

    @inline(__always) private func offset(_ index: Int) -> Int {
        precondition(index >= 0 && index < count)
        return CountedRow.headerSize &+ index &* CountedRow.entrySize
    }

    @inline(__always) func word(_ index: Int) -> UInt64 {
        unsafe start.load(fromByteOffset: offset(index), as: UInt64.self)
    }
    @inline(__always) func elements(_ index: Int) -> Int {
        unsafe Int(start.load(fromByteOffset: offset(index) &+ 8, as: UInt32.self))
    }
    @inline(__always) func tag(_ index: Int) -> UInt32 {
        unsafe start.load(fromByteOffset: offset(index) &+ 12, as: UInt32.self)
    }
    @inline(__always) func setTag(_ index: Int, _ tag: UInt32) {
        unsafe start.storeBytes(of: tag, toByteOffset: offset(index) &+ 12, as: UInt32.self)
    }

    /// What entry `index` stands for has moved, or changed its size.
    @inline(__always) func set(_ index: Int, word: UInt64, elements: Int) {
        let place = offset(index)
        total &+= unsafe elements &- Int(start.load(fromByteOffset: place &+ 8, as: UInt32.self))
        unsafe start.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: elements), toByteOffset: place &+ 8, as: UInt32.self)
    }

    mutating func insert(word: UInt64, elements: Int, at index: Int, in heap: Heap) {
        let count = count, size = CountedRow.headerSize + count * CountedRow.entrySize
        precondition(index >= 0 && index <= count)
        unsafe start = heap.reallocate(
            start, keeping: size, size: size + (count < 4 ? 1 : max(count / 8, 1)) * CountedRow.entrySize)
        let place = CountedRow.headerSize + index * CountedRow.entrySize
        unsafe (start + place + CountedRow.entrySize).copyMemory(from: start + place, byteCount: size - place)
        unsafe start.storeBytes(of: 0, toByteOffset: place + 8, as: Int.self)
        self.count = count + 1
        set(index, word: word, elements: elements)
    }

    mutating func remove(_ index: Int, in heap: Heap) {
        let place = offset(index), size = CountedRow.headerSize + count * CountedRow.entrySize
        total -= elements(index)
        unsafe (start + place).copyMemory(
            from: start + place + CountedRow.entrySize, byteCount: size - place - CountedRow.entrySize)
        count -= 1
        if memoryUsage > 128, size <= memoryUsage / 4 { shrink(to: size - CountedRow.entrySize, in: heap) }
    }

    /// Entry `index` goes by another word, and is otherwise the same.
    func setWord(_ index: Int, _ word: UInt64) {
        unsafe start.storeBytes(of: word, toByteOffset: offset(index), as: UInt64.self)
    }

    /// Takes the last entry out; the row stays where it is.
    func removeLast() {
        total -= elements(count - 1)
        count -= 1
    }

    private mutating func shrink(to size: Int, in heap: Heap) {
        let smaller = unsafe heap.allocate(size)
        unsafe smaller.copyMemory(from: start, byteCount: size)
        unsafe heap.deallocate(start)
        unsafe start = smaller
    }

    /// The second half of the entries becomes a row of its own.
    func split(in heap: Heap) -> CountedRow {
        let kept = count / 2, moved = count - kept
        let half = CountedRow(in: heap, capacity: moved)
        unsafe (half.start + CountedRow.headerSize).copyMemory(
            from: start + CountedRow.headerSize + kept * CountedRow.entrySize, byteCount: moved * CountedRow.entrySize)
        half.count = moved
        for index in 0..<moved { half.total += half.elements(index) }
        count = kept
        total -= half.total
        return half
    }

    /// The entry that element number `index` belongs to, and its number there. Looks from the nearer end.
    @inline(__always) func find(_ index: Int) -> (entry: Int, rest: Int) {
        precondition(index >= 0 && index < total)
        if index &* 2 <= total {
            var rest = index, entry = 0
            while case let size = elements(entry), rest >= size {
                rest &-= size
                entry &+= 1
            }
            return (entry, rest)
        }
        var before = total, entry = count
        repeat {
            entry &-= 1
            before &-= elements(entry)
        } while before > index
        return (entry, index &- before)
    }
}
