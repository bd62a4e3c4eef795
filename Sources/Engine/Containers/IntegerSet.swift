// A set of integers, packed and in ascending order: what a set of few numbers is.
//
//     0…3  number of integers     4  bytes of each: 2, 4 or 8     8…  the integers
//
// All are as wide as the widest one ever needed. Searching halves, inserting moves what follows.
// Ownership rule: an `IntegerSet` is an address, not an owner. The value that made it frees it once; a change may
// move the block, so there is one variable that names it.

/// The place of a packed set of integers.
@safe struct IntegerSet: BitwiseCopyable {
    private static let headerSize = 8
    /// No set of the settings' making is larger.
    static let largestCount = 1 << 28

    private var start: UnsafeMutableRawPointer

    /// An empty set.
    init(in heap: Heap) {
        unsafe start = heap.allocate(IntegerSet.headerSize)
        unsafe start.storeBytes(of: UInt64(2) << 32, as: UInt64.self)
    }

    /// A set that exists. The caller vouches that `word` came from `word`.
    @inline(__always) init(word: UInt64) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: UInt(word)).unsafelyUnwrapped
    }

    /// The address of the block, a multiple of 8 below 2⁴⁸.
    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: start)) }

    @inline(__always) var count: Int { unsafe Int(start.load(as: UInt32.self)) }
    @inline(__always) private var width: Int { unsafe Int(start.load(fromByteOffset: 4, as: UInt8.self)) }
    /// Bytes that the block occupies.
    var memoryUsage: Int { unsafe Heap.capacity(of: start) }

    func free(to heap: Heap) { unsafe heap.deallocate(start) }

    func copied(in heap: Heap) -> IntegerSet {
        var copy = self
        let size = IntegerSet.headerSize &+ count &* width
        unsafe copy.start = heap.allocate(size)
        unsafe copy.start.copyMemory(from: start, byteCount: size)
        return copy
    }

    // MARK: Reading

    /// The integer with this rank, counted from 0.
    @inline(__always) subscript(index: Int) -> Int64 {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return load(index, width)
    }

    @inline(__always) private func load(_ index: Int, _ width: Int) -> Int64 {
        let place = unsafe start + (IntegerSet.headerSize &+ index &* width)
        switch width {
        case 2: return unsafe Int64(place.load(as: Int16.self))
        case 4: return unsafe Int64(place.load(as: Int32.self))
        default: return unsafe place.load(as: Int64.self)
        }
    }

    @inline(__always) private func store(_ integer: Int64, _ index: Int, _ width: Int) {
        let place = unsafe start + (IntegerSet.headerSize &+ index &* width)
        switch width {
        case 2: unsafe place.storeBytes(of: Int16(truncatingIfNeeded: integer), as: Int16.self)
        case 4: unsafe place.storeBytes(of: Int32(truncatingIfNeeded: integer), as: Int32.self)
        default: unsafe place.storeBytes(of: integer, as: Int64.self)
        }
    }

    @inline(__always) func contains(_ integer: Int64) -> Bool { find(integer).isPresent }

    @inline(__always) func forEach(_ body: (Int64) -> Void) {
        let count = count, width = width
        var index = 0
        while index < count {
            body(load(index, width))
            index &+= 1
        }
    }

    /// Where the integer is, or belongs.
    private func find(_ integer: Int64) -> (index: Int, isPresent: Bool) {
        let count = count, width = width
        // Numbers that grow are the common case.
        if count > 0, load(count &- 1, width) < integer { return (count, false) }
        var low = 0, high = count
        while low < high {
            let middle = (low &+ high) &>> 1
            if load(middle, width) < integer { low = middle &+ 1 } else { high = middle }
        }
        return (low, low < count && load(low, width) == integer)
    }

    // MARK: Changing

    /// Takes the integer in; false if it was there.
    mutating func insert(_ integer: Int64, in heap: Heap) -> Bool {
        let (index, isPresent) = find(integer)
        if isPresent { return false }
        precondition(count < IntegerSet.largestCount)
        let needed = IntegerSet.width(of: integer)
        if needed > width { widen(to: needed, in: heap) }
        let width = width, count = count
        reserve((count &+ 1) &* width, in: heap)
        let place = unsafe start + (IntegerSet.headerSize &+ index &* width)
        unsafe (place + width).copyMemory(from: place, byteCount: (count &- index) &* width)
        store(integer, index, width)
        setCount(count &+ 1)
        return true
    }

    /// Takes the integer out; false if it was not there.
    mutating func remove(_ integer: Int64, in heap: Heap) -> Bool {
        let (index, isPresent) = find(integer)
        if isPresent { remove(at: index, in: heap) }
        return isPresent
    }

    /// Takes out the integer with this rank.
    mutating func remove(at index: Int, in heap: Heap) {
        let width = width, count = count
        precondition(index >= 0 && index < count)
        let place = unsafe start + (IntegerSet.headerSize &+ index &* width)
        unsafe place.copyMemory(from: place + width, byteCount: (count &- index &- 1) &* width)
        setCount(count &- 1)
        shrink(in: heap)
    }

    @inline(__always) private func setCount(_ count: Int) {
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: count), as: UInt32.self)
    }

    @inline(__always) private static func width(of integer: Int64) -> Int {
        if Int64(Int16(truncatingIfNeeded: integer)) == integer { return 2 }
        return Int64(Int32(truncatingIfNeeded: integer)) == integer ? 4 : 8
    }

    /// Small blocks have spare room by their size class; large ones get an eighth more.
    private mutating func reserve(_ size: Int, in heap: Heap) {
        guard unsafe Heap.capacity(of: start) < IntegerSet.headerSize &+ size else { return }
        let used = IntegerSet.headerSize &+ count &* width
        let wanted = IntegerSet.headerSize &+ size &+ (size > 2048 ? size / 8 : 0)
        unsafe start = heap.reallocate(start, keeping: used, size: wanted)
    }

    private mutating func widen(to wider: Int, in heap: Heap) {
        let old = width, count = count
        reserve(count &* wider, in: heap)
        unsafe start.storeBytes(of: UInt8(wider), toByteOffset: 4, as: UInt8.self)
        for index in stride(from: count - 1, through: 0, by: -1) { store(load(index, old), index, wider) }
    }

    /// A set that has become much smaller gives the room back.
    private mutating func shrink(in heap: Heap) {
        let size = IntegerSet.headerSize &+ count &* width
        let capacity = unsafe Heap.capacity(of: start)
        guard capacity > 64, size <= capacity &>> 1 else { return }
        let moved = unsafe heap.allocate(size)
        unsafe moved.copyMemory(from: start, byteCount: size)
        unsafe heap.deallocate(start)
        unsafe start = moved
    }

    /// That the integers ascend, are no wider than said, and lie within the block.
    func checkInvariants() {
        precondition(IntegerSet.headerSize + count * width <= memoryUsage)
        for index in 0..<count {
            precondition(IntegerSet.width(of: self[index]) <= width)
            precondition(index == 0 || self[index - 1] < self[index])
        }
    }
}
