// What the tables of large sets and hashes find: a member, or a field with its value, each in one block of the heap.
//
//     member   length, bytes                      field   length, bytes, length, bytes
//
// A length is one byte up to 254; behind 255, eight bytes.
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

/// A field of a large hash, with its value.
@safe struct HashField: TableItem {
    let start: UnsafeMutableRawPointer

    @inline(__always) init(at start: UnsafeMutableRawPointer) { unsafe self.start = start }

    @inline(__always) init(_ field: Bytes, _ value: Bytes, in heap: Heap) {
        unsafe start = heap.allocate(Run.size(field.count) &+ Run.size(value.count))
        let second = unsafe Run.write(field, to: start)
        unsafe _ = Run.write(value, to: second)
    }

    var member: Bytes {
        @_lifetime(immortal) @inline(__always) get { unsafe Run.read(start) }
    }

    var value: Bytes {
        @_lifetime(immortal) @inline(__always) get { unsafe Run.read(start + Run.size(member.count)) }
    }

    /// Bytes of the block.
    var capacity: Int { unsafe Heap.capacity(of: start) }

    /// Gives the field another value in its block, if that fits and does not leave half of it empty.
    @inline(__always) func assign(_ value: Bytes) -> Bool {
        let head = Run.size(member.count)
        let size = head &+ Run.size(value.count)
        let capacity = capacity
        guard size <= capacity, capacity <= 64 || size > capacity &>> 1 else { return false }
        unsafe _ = Run.write(value, to: start + head)
        return true
    }

    func free(to heap: Heap) { unsafe heap.deallocate(start) }
}
