// What the tables of large sets and hashes find: a member, or a field with its value, each in one block of the heap.
//
//     member   length, bytes                      field   length, bytes, length, bytes
//                                                         FE, moment (7 bytes), length, bytes, length, bytes
//
// A length is one byte up to 254; behind 255, eight bytes. At the beginning of a field one byte goes up to 253, and
// a field that ends has its length as a `ScoredMember` has it, for it is one in the order by deadlines.
// Ownership rule: an item is an address, not an owner. Whoever makes a block frees it, or gives it to a table.

/// A run of bytes behind its length.
private enum Run {
    @inline(__always) static func size(_ count: Int) -> Int { count &+ (count < 255 ? 1 : 9) }

    /// Writes length and bytes; where the next run begins.
    @inline(__always)
    static func write(_ bytes: Bytes, to start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let count = bytes.count
        let head: Int
        if _fastPath(count < 255) {
            unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: count), as: UInt8.self)
            head = 1
        } else {
            unsafe start.storeBytes(of: 255, as: UInt8.self)
            unsafe start.storeBytes(of: UInt64(count), toByteOffset: 1, as: UInt64.self)
            head = 9
        }
        unsafe (start + head).copyMemory(from: bytes.start, byteCount: count)
        return unsafe start + (head &+ count)
    }

    /// Valid until the block is freed or changed.
    @_lifetime(immortal)
    @inline(__always) static func read(_ start: UnsafeMutableRawPointer) -> Bytes {
        let short = unsafe Int(start.load(as: UInt8.self))
        if _fastPath(short < 255) { return unsafe Bytes(unsafeStart: start + 1, count: short) }
        return unsafe Bytes(unsafeStart: start + 9, count: Int(start.loadUnaligned(fromByteOffset: 1, as: UInt64.self)))
    }
}

/// A member of a large set.
@safe struct SetMember: TableItem {
    let start: UnsafeMutableRawPointer

    @inline(__always) init(at start: UnsafeMutableRawPointer) { unsafe self.start = start }

    @inline(__always) init(_ member: Bytes, in heap: Heap) {
        unsafe start = heap.allocate(Run.size(member.count))
        unsafe _ = Run.write(member, to: start)
    }

    var member: Bytes {
        @_lifetime(immortal) @inline(__always) get { unsafe Run.read(start) }
    }

    func free(to heap: Heap) { unsafe heap.deallocate(start) }
}

/// A field of a large hash, with its value, and perhaps with the moment at which it ends.
@safe struct HashField: TableItem {
    let start: UnsafeMutableRawPointer

    /// The first byte of a field that ends. Lengths from here on take eight bytes.
    private static let timedMark: UInt8 = 254
    /// What such a field has before its own bytes: the mark and the moment in eight bytes, and its length.
    private static func timedHead(_ count: Int) -> Int { count < 255 ? 9 : 13 }
    /// The latest moment that a field may end at.
    static let latestDeadline: Int64 = 1 << 48 - 1

    @inline(__always) init(at start: UnsafeMutableRawPointer) { unsafe self.start = start }

    @inline(__always) init(_ field: Bytes, _ value: Bytes, in heap: Heap) {
        let count = field.count, head = count < Int(HashField.timedMark) ? 1 : 9
        unsafe start = heap.allocate(head &+ count &+ Run.size(value.count))
        if _fastPath(count < Int(HashField.timedMark)) {
            unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: count), as: UInt8.self)
        } else {
            unsafe start.storeBytes(of: 255, as: UInt8.self)
            unsafe start.storeBytes(of: UInt64(count), toByteOffset: 1, as: UInt64.self)
        }
        unsafe (start + head).copyMemory(from: field.start, byteCount: count)
        unsafe _ = Run.write(value, to: start + (head &+ count))
    }

    /// A field that ends; a `deadline` of 0 stands for none.
    init(_ field: Bytes, _ value: Bytes, deadline: Int64, in heap: Heap) {
        guard deadline != 0 else {
            self.init(field, value, in: heap)
            return
        }
        let count = field.count, head = HashField.timedHead(count)
        precondition(count <= Int(UInt32.max))
        unsafe self.init(at: heap.allocate(head &+ count &+ Run.size(value.count)))
        setDeadlineWord(deadline)
        unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: min(count, 255)), toByteOffset: 8, as: UInt8.self)
        if count >= 255 { unsafe start.storeBytes(of: UInt32(count), toByteOffset: 9, as: UInt32.self) }
        unsafe (start + head).copyMemory(from: field.start, byteCount: count)
        unsafe _ = Run.write(value, to: start + (head &+ count))
    }

    @inline(__always) var isTimed: Bool { unsafe start.load(as: UInt8.self) == HashField.timedMark }

    /// When the field ends; 0 if it does not. Only a field that ends can be given another moment, which is not 0.
    var deadline: Int64 {
        get { isTimed ? unsafe Int64(truncatingIfNeeded: start.load(as: UInt64.self) &>> 8) : 0 }
        nonmutating set { setDeadlineWord(newValue) }
    }

    private func setDeadlineWord(_ moment: Int64) {
        precondition(moment > 0 && moment <= HashField.latestDeadline)
        let word = UInt64(bitPattern: moment) &<< 8 | UInt64(HashField.timedMark)
        unsafe start.storeBytes(of: word, as: UInt64.self)
    }

    /// The field as the order by deadlines knows it.
    var ordered: ScoredMember { unsafe ScoredMember(at: start) }

    var member: Bytes {
        @_lifetime(immortal) @inline(__always) get {
            let short = unsafe start.load(as: UInt8.self)
            if _fastPath(short < HashField.timedMark) { return unsafe Bytes(unsafeStart: start + 1, count: Int(short)) }
            return unusualMember
        }
    }

    private var unusualMember: Bytes {
        @_lifetime(immortal) @inline(never) get { isTimed ? ordered.member : unsafe Run.read(start) }
    }

    var value: Bytes {
        @_lifetime(immortal) @inline(__always) get {
            let member = member
            return unsafe Run.read(UnsafeMutableRawPointer(mutating: member.start) + member.count)
        }
    }

    /// Bytes of the block.
    var capacity: Int { unsafe Heap.capacity(of: start) }

    /// Gives the field another value in its block, if that fits and does not leave half of it empty.
    @inline(__always) func assign(_ value: Bytes) -> Bool {
        let member = member
        let head = unsafe member.start + member.count - UnsafeRawPointer(start)
        let size = head &+ Run.size(value.count)
        let capacity = capacity
        guard size <= capacity, capacity <= 64 || size > capacity &>> 1 else { return false }
        unsafe _ = Run.write(value, to: start + head)
        return true
    }

    func free(to heap: Heap) { unsafe heap.deallocate(start) }
}
