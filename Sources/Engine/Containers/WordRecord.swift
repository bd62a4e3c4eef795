// A block of a few words that stays where it is, with a name behind them if it has one: streams, consumer groups,
// consumers and deliveries are such records. Where there is a name, word 0 says where it is.
//
//     0  size of the name << 8 | number of words     8  word 1     16  word 2 …     the name
//
// Ownership rule: an address, not an owner. Who made the record frees it once, and what its words name before that.

/// The place of a record.
@safe struct WordRecord: BitwiseCopyable {
    private let start: UnsafeMutableRawPointer

    /// A record of zeros without a name.
    @inline(__always) init(words: Int, in heap: Heap) {
        unsafe start = heap.allocate(words &* 8)
        unsafe start.initializeMemory(as: UInt64.self, repeating: 0, count: words)
    }

    /// A record of zeros with a name. `words` counts word 0 as well.
    init(words: Int, name: Bytes, in heap: Heap) {
        precondition(words > 0 && words < 256)
        unsafe start = heap.allocate(words &* 8 &+ name.count)
        unsafe start.initializeMemory(as: UInt64.self, repeating: 0, count: words)
        unsafe (start + words &* 8).copyMemory(from: name.start, byteCount: name.count)
        unsafe start.storeBytes(of: UInt64(name.count) &<< 8 | UInt64(words), as: UInt64.self)
    }

    /// A record that exists. The caller vouches that `word` came from `word`.
    @inline(__always) init(word: UInt64) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    /// The address of the block, a multiple of 8 below 2⁴⁸.
    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: start)) }
    var memoryUsage: Int { unsafe Heap.capacity(of: start) }
    func free(to heap: Heap) { unsafe heap.deallocate(start) }

    @inline(__always) private var head: UInt64 { unsafe start.load(as: UInt64.self) }
    @inline(__always) private var wordCount: Int { Int(truncatingIfNeeded: head & 0xFF) }

    /// Only of a record with a name; valid as long as the record.
    var name: Bytes {
        @_lifetime(immortal) @inline(__always) get {
            unsafe Bytes(unsafeStart: start + wordCount &* 8, count: Int(truncatingIfNeeded: head &>> 8))
        }
    }

    @inline(__always) subscript(index: Int) -> UInt64 {
        get {
            assert(index >= 0 && index &* 8 < memoryUsage)
            return unsafe start.load(fromByteOffset: index &* 8, as: UInt64.self)
        }
        nonmutating set {
            assert(index >= 0 && index &* 8 < memoryUsage)
            unsafe start.storeBytes(of: newValue, toByteOffset: index &* 8, as: UInt64.self)
        }
    }

    @inline(__always) subscript(signed index: Int) -> Int64 {
        get { Int64(bitPattern: self[index]) }
        nonmutating set { self[index] = UInt64(bitPattern: newValue) }
    }

    /// The number in the words `index` and the next.
    @inline(__always) subscript(id index: Int) -> StreamID {
        get { StreamID(self[index], self[index &+ 1]) }
        nonmutating set {
            self[index] = newValue.milliseconds
            self[index &+ 1] = newValue.sequence
        }
    }

    /// The two records exchange these words.
    func exchange(_ indices: Range<Int>, with other: WordRecord) {
        for index in indices {
            let word = self[index]
            self[index] = other[index]
            other[index] = word
        }
    }

    /// The tree whose head are the words from `index` on.
    @inline(__always) func tree(_ index: Int, in heap: Heap) -> IDTree {
        assert(index >= 0 && (index &+ IDTree.headWords) &* 8 <= memoryUsage)
        return unsafe IDTree(head: start + index &* 8, heap: heap)
    }
}

/// Something with a name that a row keeps in order.
protocol NamedRecord: BitwiseCopyable {
    var record: WordRecord { get }
    init(record: WordRecord)
}

/// Records in the order of their names, in one block: `0` number of records, `8…` their addresses. No block without
/// records. An address, not an owner.
@safe struct NameRow<Item: NamedRecord>: BitwiseCopyable {
    private(set) var word: UInt64

    /// `word` is 0 or came from `word`.
    @inline(__always) init(word: UInt64) { self.word = word }

    @inline(__always) private var start: UnsafeMutableRawPointer? {
        unsafe UnsafeMutableRawPointer(bitPattern: UInt(word))
    }

    @inline(__always) var count: Int { unsafe start?.load(as: Int.self) ?? 0 }
    var memoryUsage: Int { unsafe start.map { unsafe Heap.capacity(of: $0) } ?? 0 }

    @inline(__always) subscript(index: Int) -> Item {
        precondition(index >= 0 && index < count)
        return unsafe Item(
            record: WordRecord(
                word: start.unsafelyUnwrapped.load(fromByteOffset: 8 &+ index &* 8, as: UInt64.self)))
    }

    /// The same row in another block, if the heap wants that; so are its records of which `mayMove` is true, and
    /// `hasMoved` hears of each that is.
    mutating func move(in heap: Heap, mayMove: (Item) -> Bool = { _ in true }, hasMoved: (Item) -> Void = { _ in }) {
        word = heap.moved(word)
        guard let start = unsafe start else { return }
        for index in 0..<count {
            let old = unsafe start.load(fromByteOffset: 8 &+ index &* 8, as: UInt64.self)
            guard heap.shallMove(old), mayMove(Item(record: WordRecord(word: old))) else { continue }
            let new = heap.moved(old)
            unsafe start.storeBytes(of: new, toByteOffset: 8 &+ index &* 8, as: UInt64.self)
            hasMoved(Item(record: WordRecord(word: new)))
        }
    }

    /// Where the name is, or would be.
    private func position(of name: Bytes) -> (index: Int, isFound: Bool) {
        var low = 0, length = count
        while length > 0 {
            let half = length &>> 1, order = self[low &+ half].record.name.compare(name)
            if order == 0 { return (low &+ half, true) }
            if order < 0 {
                low &+= half &+ 1
                length &-= half &+ 1
            } else {
                length = half
            }
        }
        return (low, false)
    }

    @inline(__always) func find(_ name: Bytes) -> Item? {
        let (index, isFound) = position(of: name)
        return isFound ? self[index] : nil
    }

    /// Takes in a record whose name is new; false, and nothing happens, if it is not.
    mutating func insert(_ item: Item, in heap: Heap) -> Bool {
        let (index, isFound) = position(of: item.record.name)
        if isFound { return false }
        let count = count, size = 8 &+ count &* 8
        let row: UnsafeMutableRawPointer
        if let start = unsafe start {
            let enough = unsafe size &+ 8 <= Heap.capacity(of: start)
            unsafe row = heap.reallocate(start, keeping: size, size: enough ? size &+ 8 : size &+ max(8, count &* 4))
        } else {
            unsafe row = heap.allocate(16)
        }
        let place = unsafe row + (8 &+ index &* 8)
        unsafe (place + 8).copyMemory(from: place, byteCount: (count &- index) &* 8)
        unsafe place.storeBytes(of: item.record.word, as: UInt64.self)
        unsafe row.storeBytes(of: count &+ 1, as: Int.self)
        word = UInt64(UInt(bitPattern: row))
        return true
    }

    /// Takes the record of this name out, for the caller to free.
    mutating func remove(_ name: Bytes, in heap: Heap) -> Item? {
        let (index, isFound) = position(of: name)
        guard isFound, let start = unsafe start else { return nil }
        let item = self[index], left = count &- 1
        let place = unsafe start + (8 &+ index &* 8)
        unsafe place.copyMemory(from: place + 8, byteCount: (left &- index) &* 8)
        unsafe start.storeBytes(of: left, as: Int.self)
        if left == 0 { free(to: heap) }
        return item
    }

    /// Takes the last record out, for the caller to free; for rows that are being freed.
    mutating func removeLast(in heap: Heap) -> Item? {
        guard let start = unsafe start, count > 0 else { return nil }
        let item = self[count &- 1]
        unsafe start.storeBytes(of: count &- 1, as: Int.self)
        if count == 0 { free(to: heap) }
        return item
    }

    private mutating func free(to heap: Heap) {
        if let start = unsafe start { unsafe heap.deallocate(start) }
        word = 0
    }
}
