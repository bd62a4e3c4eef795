// What a hash has besides its fields as soon as one of them ends: one block, to which the hash's word then leads.
//
//     0…7    the fields, as the hash's word names them otherwise
//     8…15   the earliest deadline
//     16…19  index in a timing wheel
//     20…23  how many packed fields end
//     24…    small: 6 bytes for each field in order, its deadline or 0
//            large: the word of the order by deadlines
//
// Ownership rule: an address, not an owner. The hash that made it frees it once; what makes it longer may move it.

/// The place of the deadlines of one hash.
@safe struct FieldDeadlines: BitwiseCopyable {
    private static let rowOffset = 24, size = 6

    private(set) var start: UnsafeMutableRawPointer

    /// For so many packed fields, none of which ends.
    init(fields: UInt64, count: Int, in heap: Heap) {
        unsafe start = heap.allocate(FieldDeadlines.rowOffset &+ count &* FieldDeadlines.size)
        begin(fields)
        unsafe (start + FieldDeadlines.rowOffset).initializeMemory(
            as: UInt8.self, repeating: 0, count: count &* FieldDeadlines.size)
    }

    /// For fields in a table.
    init(fields: UInt64, order: CountedTree, in heap: Heap) {
        unsafe start = heap.allocate(FieldDeadlines.rowOffset &+ 8)
        begin(fields)
        unsafe start.storeBytes(of: order.word, toByteOffset: FieldDeadlines.rowOffset, as: UInt64.self)
    }

    private func begin(_ fields: UInt64) {
        unsafe start.storeBytes(of: fields, as: UInt64.self)
        unsafe start.storeBytes(of: Int64.max, toByteOffset: 8, as: Int64.self)
        unsafe start.storeBytes(of: 0, toByteOffset: 16, as: UInt64.self)
    }

    /// Deadlines that exist. The caller vouches that `word` came from `word`, perhaps with lower bits.
    @inline(__always) init(word: UInt64) {
        unsafe start = UnsafeMutableRawPointer(bitPattern: UInt(word & ~7)).unsafelyUnwrapped
    }

    /// The address of the block, a multiple of 8 below 2⁴⁸.
    var word: UInt64 { unsafe UInt64(UInt(bitPattern: start)) }

    /// Bytes that the block occupies.
    var memoryUsage: Int { unsafe Heap.capacity(of: start) }

    func free(to heap: Heap) { unsafe heap.deallocate(start) }

    /// The fields themselves.
    var fields: UInt64 {
        @inline(__always) get { unsafe start.load(as: UInt64.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, as: UInt64.self) }
    }

    /// Before it no field ends.
    var earliest: Int64 {
        @inline(__always) get { unsafe start.load(fromByteOffset: 8, as: Int64.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, toByteOffset: 8, as: Int64.self) }
    }

    /// The hash's own in the wheel of its database.
    var wheelIndex: UInt32 {
        get { unsafe start.load(fromByteOffset: 16, as: UInt32.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, toByteOffset: 16, as: UInt32.self) }
    }

    /// How many of packed fields end.
    var count: Int {
        get { unsafe Int(start.load(fromByteOffset: 20, as: UInt32.self)) }
        nonmutating set {
            unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 20, as: UInt32.self)
        }
    }

    // MARK: Large

    /// The order of the fields in a table that end; 0 once it has been freed.
    var order: UInt64 {
        get { unsafe start.load(fromByteOffset: FieldDeadlines.rowOffset, as: UInt64.self) }
        nonmutating set {
            unsafe start.storeBytes(of: newValue, toByteOffset: FieldDeadlines.rowOffset, as: UInt64.self)
        }
    }

    // MARK: Small

    private func place(_ index: Int) -> UnsafeMutableRawPointer {
        precondition(
            unsafe index >= 0
                && FieldDeadlines.rowOffset &+ (index &+ 1) &* FieldDeadlines.size <= Heap.capacity(of: start))
        return unsafe start + (FieldDeadlines.rowOffset &+ index &* FieldDeadlines.size)
    }

    /// When packed field number `index` ends; 0 if it does not.
    subscript(index: Int) -> Int64 {
        get {
            let place = unsafe place(index)
            let low = unsafe place.loadUnaligned(as: UInt32.self)
            return unsafe Int64(low) | Int64(place.loadUnaligned(fromByteOffset: 4, as: UInt16.self)) &<< 32
        }
        nonmutating set {
            precondition(newValue >= 0 && newValue <= HashField.latestDeadline)
            count &+= (newValue == 0 ? 0 : 1) &- (self[index] == 0 ? 0 : 1)
            let place = unsafe place(index)
            unsafe place.storeBytes(of: UInt32(truncatingIfNeeded: newValue), as: UInt32.self)
            unsafe place.storeBytes(of: UInt16(truncatingIfNeeded: newValue &>> 32), toByteOffset: 4, as: UInt16.self)
        }
    }

    /// There is one more field, behind `fields` others, which does not end.
    mutating func append(behind fields: Int, in heap: Heap) {
        let used = FieldDeadlines.rowOffset &+ fields &* FieldDeadlines.size
        if unsafe Heap.capacity(of: start) < used &+ FieldDeadlines.size {
            unsafe start = heap.reallocate(start, keeping: used, size: used &+ FieldDeadlines.size)
        }
        let place = unsafe place(fields)
        unsafe place.initializeMemory(as: UInt8.self, repeating: 0, count: FieldDeadlines.size)
    }

    /// Field number `index` of `fields` has gone.
    func remove(_ index: Int, of fields: Int) {
        self[index] = 0
        let place = unsafe place(index), rest = fields &- index &- 1
        if rest == 0 { return }
        unsafe place.copyMemory(from: self.place(index &+ 1), byteCount: rest &* FieldDeadlines.size)
    }

    /// The earliest deadline is looked for among those of `fields` packed fields.
    func findEarliest(among fields: Int) {
        var earliest = Int64.max
        for index in 0..<fields { if case let moment = self[index], moment != 0 { earliest = min(earliest, moment) } }
        self.earliest = earliest
    }

    func copied(count: Int, fields: UInt64, in heap: Heap) -> FieldDeadlines {
        let copy = FieldDeadlines(fields: fields, count: count, in: heap)
        for index in 0..<count { copy[index] = self[index] }
        copy.earliest = earliest
        return copy
    }
}
