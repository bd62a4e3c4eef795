// One member of a large sorted set: a block that the tree (by score and member) and the hash table (by member) share.
//
//     0…7  score     8  length of the member     9…  its bytes
//                    8  FF, 4 bytes of length   13…  the bytes of a member of 255 bytes or more
//
// Ownership rule: an address, not an owner; the sorted set makes the block and frees it, when it is in neither.

/// The place of a member and its score.
@safe struct ScoredMember: TableItem, Equatable {
    let start: UnsafeMutableRawPointer

    @inline(__always) init(at start: UnsafeMutableRawPointer) { unsafe self.start = start }

    init(_ member: Bytes, score: Double, in heap: Heap) {
        let count = member.count
        let bytesOffset = count < 255 ? 9 : 13
        unsafe start = heap.allocate(bytesOffset &+ count)
        unsafe start.storeBytes(of: score, as: Double.self)
        unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: min(count, 255)), toByteOffset: 8, as: UInt8.self)
        if count >= 255 { unsafe start.storeBytes(of: UInt32(count), toByteOffset: 9, as: UInt32.self) }
        unsafe (start + bytesOffset).copyMemory(from: member.start, byteCount: count)
    }

    @inline(__always) static func == (left: ScoredMember, right: ScoredMember) -> Bool {
        unsafe left.start == right.start
    }

    @inline(__always) var score: Double {
        get { unsafe start.load(as: Double.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, as: Double.self) }
    }

    /// Valid until the block is freed.
    @inline(__always) var member: Bytes {
        @_lifetime(immortal) get {
            let count = unsafe Int(start.load(fromByteOffset: 8, as: UInt8.self))
            if _fastPath(count < 255) { return unsafe Bytes(unsafeStart: start + 9, count: count) }
            return unsafe Bytes(
                unsafeStart: start + 13, count: Int(start.loadUnaligned(fromByteOffset: 9, as: UInt32.self)))
        }
    }

    @inline(__always) func free(to heap: Heap) { unsafe heap.deallocate(start) }
}

extension Bytes {
    /// Byte by byte, a view that the other begins with coming first.
    @inline(__always) static func < (left: Bytes, right: Bytes) -> Bool { left.compare(right) < 0 }

    /// Below zero if this view comes before `other`, above if behind, zero if equal.
    @inline(__always) func compare(_ other: Bytes) -> Int {
        let common = min(count, other.count)
        var offset = 0
        while offset &+ 8 <= common {
            let mine = word(at: offset), its = other.word(at: offset)
            if mine != its { return mine.byteSwapped < its.byteSwapped ? -1 : 1 }
            offset &+= 8
        }
        while offset < common {
            let mine = self[offset], its = other[offset]
            if mine != its { return mine < its ? -1 : 1 }
            offset &+= 1
        }
        return count &- other.count
    }
}
