// A shard of a hash table: up to 32 buckets of one cache line each, in the order of the members' hashes.
//
//     bucket   byte 0     how many members of this or an earlier home bucket went past it
//              byte 1…7   fingerprints, 0 = free
//              word 1…7   address of the block (48 bits) | 16 hash bits that give its place
//                         the 3 lowest bits of the address are 0: the saving of the table has its marks there
//
// `home = place * buckets >> 16` is monotone in the hash for any number of buckets: a shard is rebuilt larger or
// smaller, split or joined, from the bits in its slots alone, and hash order never changes.
// Ownership rule: a shard is a word that names the memory; `HashTable` makes and frees it.

internal import Platform

/// One word: address | bucket count << 48 | depth << 56.
@safe struct HashTableShard<Item: TableItem>: BitwiseCopyable {
    /// As many as fill the largest block that the heap keeps in classes.
    static var largest: Int { 32 }
    static var smallest: Int { 4 }
    /// One that is going to be split at once.
    static var largestBeforeSplit: Int { 127 }
    /// How far from home a member may be placed.
    private static var reach: Int { 8 }
    static var addressMask: UInt64 { 0xFFFF_FFFF_FFF8 }
    /// Address and mark.
    private static var blockMask: UInt64 { 0xFFFF_FFFF_FFFF }

    private let word: UInt64

    /// At least so many buckets: as many as the heap's block has room for.
    init(buckets: Int, depth: Int, heap: Heap) {
        let start = unsafe heap.allocate(buckets &* 64)
        let fitting = unsafe min(Heap.capacity(of: start) / 64, max(buckets, HashTableShard.largest))
        unsafe start.initializeMemory(as: UInt64.self, repeating: 0, count: fitting &* 8)
        word = UInt64(UInt(bitPattern: start)) | UInt64(fitting) &<< 48 | UInt64(depth) &<< 56
    }

    func deallocate(to heap: Heap) { unsafe heap.deallocate(start) }

    /// The same shard, in another block if the heap wants that.
    func moved(in heap: Heap) -> HashTableShard { HashTableShard(word: heap.moved(word)) }

    private init(word: UInt64) { self.word = word }

    /// The buckets that hold `count` members with some room to spare.
    static func buckets(for count: Int) -> Int { min(max((min(count, 1000) &* 3 / 2 &+ 6) / 7, smallest), largest) }

    @inline(__always) private var start: UnsafeMutableRawPointer { unsafe HashTableShard.address(word) }
    @inline(__always) var buckets: Int { Int(truncatingIfNeeded: (word &>> 48) & 0x7F) }
    @inline(__always) var depth: Int { Int(truncatingIfNeeded: word &>> 56) }
    /// Bytes of heap.
    var size: Int { unsafe Heap.capacity(of: start) }

    @inline(__always) private static func address(_ word: UInt64) -> UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(bitPattern: UInt(word & addressMask)).unsafelyUnwrapped
    }

    /// What a slot names.
    @inline(__always) static func item(_ word: UInt64) -> Item { unsafe Item(at: address(word)) }

    // MARK: Bits of the hash

    /// The 16 place bits in a slot begin here, counted from the top; they are re-read from the members every 6 levels.
    @inline(__always) private static func tagBase(_ depth: Int) -> Int { depth / 6 &* 6 }

    @inline(__always) private static func tag(_ hash: UInt64, _ depth: Int) -> UInt64 {
        (hash &<< UInt64(truncatingIfNeeded: tagBase(depth))) &>> 48
    }

    @inline(__always) private var unusedTagBits: UInt64 {
        UInt64(truncatingIfNeeded: depth &- HashTableShard.tagBase(depth))
    }

    @inline(__always) private func home(tag: UInt64) -> Int {
        let place = (tag &<< unusedTagBits) & 0xFFFF
        return Int(truncatingIfNeeded: (place &* UInt64(truncatingIfNeeded: buckets)) &>> 16)
    }

    /// The bucket that a member with this hash belongs to.
    @inline(__always) func home(_ hash: UInt64) -> Int { home(tag: HashTableShard.tag(hash, depth)) }

    @inline(__always) func prefetchBucket(_ hash: UInt64) { unsafe prefetch(start + home(hash) &* 64) }

    /// The smallest hash in the shard of `hash` whose home is this bucket; for the bucket behind the last one, the
    /// smallest hash beyond the shard, or 0 if there is none.
    func firstHash(ofBucket bucket: Int, shardOf hash: UInt64) -> UInt64 {
        let depth = UInt64(depth)
        let shardStart = depth == 0 ? 0 : (hash >> (64 - depth)) << (64 - depth)
        if bucket == buckets { return depth == 0 ? 0 : shardStart &+ 1 << (64 - depth) }
        // Rounded up to what the place bits can tell apart, or a scan would stay where it is.
        let unused = (UInt64(1) << unusedTagBits) - 1
        let place = (UInt64(bucket) << 16 + UInt64(buckets) - 1) / UInt64(buckets)
        let distinctPlace = (place + unused) & ~unused
        return shardStart | (distinctPlace << 48) >> depth
    }

    /// 0 means free, and 1 would make a free byte a false match.
    @inline(__always) private static func fingerprint(_ hash: UInt64) -> UInt64 {
        let bits = (hash &>> 1) & 0xFF
        return bits < 2 ? bits &+ 2 : bits
    }

    /// 0x80 in each of the bytes 1…7 that equals `fingerprint`; a false one may follow a true one.
    @inline(__always) private static func matches(_ marks: UInt64, _ fingerprint: UInt64) -> UInt64 {
        let difference = marks ^ (fingerprint &* 0x0101_0101_0101_0101)
        return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8000
    }

    /// 0x80 in each of the bytes 1…7 that is in use, and no false one.
    @inline(__always) private static func occupied(_ marks: UInt64) -> UInt64 {
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        return (((marks & low) &+ low) | marks) & 0x8080_8080_8080_8000
    }

    @inline(__always) private func marks(_ bucket: Int) -> UInt64 {
        unsafe start.load(fromByteOffset: bucket &* 64, as: UInt64.self)
    }

    // MARK: Members

    /// The slot of the block that has this member.
    @inline(__always) func find(_ member: Bytes, _ hash: UInt64) -> UnsafeMutableRawPointer? {
        let fingerprint = HashTableShard.fingerprint(hash)
        var index = home(hash)
        var hops = 0
        while true {
            let bucket = unsafe start + index &* 64
            let marks = unsafe bucket.load(as: UInt64.self)
            var found = HashTableShard.matches(marks, fingerprint)
            while found != 0 {
                let slot = unsafe bucket + (found.trailingZeroBitCount &>> 3) &* 8
                if unsafe HashTableShard.item(slot.load(as: UInt64.self)).member == member { return unsafe slot }
                found &= found &- 1
            }
            if _fastPath(marks & 0xFF == 0) { return nil }
            hops &+= 1
            if hops == HashTableShard.reach { return nil }
            index &+= 1
            if index == buckets { index = 0 }
        }
    }

    /// False when no bucket within reach has room.
    @inline(__always) func insert(_ item: Item, _ hash: UInt64) -> Bool {
        let address = unsafe UInt64(UInt(bitPattern: item.start))
        return put(address | HashTableShard.tag(hash, depth) &<< 48, HashTableShard.fingerprint(hash))
    }

    @inline(__always) private func put(_ word: UInt64, _ fingerprint: UInt64) -> Bool {
        let home = home(tag: word &>> 48)
        var index = home
        var hops = 0
        while true {
            let bucket = unsafe start + index &* 64
            let vacant = unsafe ~HashTableShard.occupied(bucket.load(as: UInt64.self)) & 0x8080_8080_8080_8000
            if vacant != 0 {
                let slot = vacant.trailingZeroBitCount &>> 3
                unsafe bucket.storeBytes(of: UInt8(truncatingIfNeeded: fingerprint), toByteOffset: slot, as: UInt8.self)
                unsafe bucket.storeBytes(of: word, toByteOffset: slot &* 8, as: UInt64.self)
                if hops != 0 { countPassing(from: home, to: index, by: 1) }
                return true
            }
            hops &+= 1
            if hops == HashTableShard.reach || hops == buckets { return false }
            index &+= 1
            if index == buckets { index = 0 }
        }
    }

    /// Empties a slot. True if that left its bucket without members: a good moment to look whether the shard is sparse.
    @inline(__always) func remove(_ slot: UnsafeMutableRawPointer, _ hash: UInt64) -> Bool {
        let offset = unsafe slot - start
        let index = offset &>> 6
        unsafe start.storeBytes(of: 0, toByteOffset: index &* 64 &+ (offset & 63) &>> 3, as: UInt8.self)
        countPassing(from: home(hash), to: index, by: -1)
        return marks(index) &>> 8 == 0
    }

    /// Empties the slot that names the block at `start`, a member with this hash; it must be there.
    @inline(__always) func remove(_ item: Item, _ hash: UInt64) {
        let address = unsafe UInt64(UInt(bitPattern: item.start)), home = home(hash)
        var index = home, hops = 0
        while hops < HashTableShard.reach {
            let bucket = unsafe start + index &* 64
            var found = unsafe HashTableShard.matches(
                bucket.load(as: UInt64.self), HashTableShard.fingerprint(hash))
            while found != 0 {
                let slot = found.trailingZeroBitCount &>> 3
                if unsafe bucket.load(fromByteOffset: slot &* 8, as: UInt64.self) & HashTableShard.addressMask
                    == address
                {
                    unsafe bucket.storeBytes(of: 0, toByteOffset: slot, as: UInt8.self)
                    return countPassing(from: home, to: index, by: -1)
                }
                found &= found &- 1
            }
            hops &+= 1
            index = index &+ 1 == buckets ? 0 : index &+ 1
        }
        preconditionFailure("the member is in the table")
    }

    /// Empties the slots of the items that `isGone` is true of, which may give them back.
    @inline(__always) func remove(where isGone: (Item) -> Bool) {
        for index in 0..<buckets {
            let bucket = unsafe start + index &* 64
            var occupied = HashTableShard.occupied(marks(index))
            while occupied != 0 {
                let slot = occupied.trailingZeroBitCount &>> 3
                occupied &= occupied &- 1
                let word = unsafe bucket.load(fromByteOffset: slot &* 8, as: UInt64.self)
                guard isGone(HashTableShard.item(word)) else { continue }
                unsafe bucket.storeBytes(of: 0, toByteOffset: slot, as: UInt8.self)
                countPassing(from: home(tag: word &>> 48), to: index, by: -1)
            }
        }
    }

    /// Notes in the buckets before `end` that one member more or less lies beyond them.
    @inline(__always) private func countPassing(from home: Int, to end: Int, by step: Int) {
        var index = home
        while index != end {
            // Never more than the 8 * 7 slots within reach.
            let bucket = unsafe start + index &* 64
            let passed = unsafe Int(bucket.load(as: UInt8.self)) &+ step
            unsafe bucket.storeBytes(of: UInt8(truncatingIfNeeded: passed), as: UInt8.self)
            index &+= 1
            if index == buckets { index = 0 }
        }
    }
}

extension HashTableShard {
    /// How many members are here.
    var count: Int {
        var count = 0
        for index in 0..<buckets { count &+= HashTableShard.occupied(marks(index)).nonzeroBitCount }
        return count
    }

    /// The slot with this number, if it is in use; there are seven in each bucket.
    @inline(__always) func occupiedSlot(_ number: Int) -> UnsafeMutableRawPointer? {
        let bucket = number / 7, slot = number % 7 &+ 1
        guard bucket < buckets, (marks(bucket) &>> UInt64(slot &* 8)) & 0xFF != 0 else { return nil }
        return unsafe start + (bucket &* 64 &+ slot &* 8)
    }

    @inline(__always) func forEach(_ body: (Item) -> Void) {
        for index in 0..<buckets {
            let bucket = unsafe start + index &* 64
            var occupied = unsafe HashTableShard.occupied(bucket.load(as: UInt64.self))
            while occupied != 0 {
                let offset = (occupied.trailingZeroBitCount &>> 3) &* 8
                unsafe body(HashTableShard.item(bucket.load(fromByteOffset: offset, as: UInt64.self)))
                occupied &= occupied &- 1
            }
        }
    }

    /// Asks for the memory of all items, so that it arrives together.
    @inline(__always) func prefetchItems() { forEach { unsafe prefetch($0.start) } }

    /// Those whose home is this bucket, wherever they sit; how many there were.
    @inline(__always) func forEach(atHome home: Int, _ body: (Item) -> Void) -> Int {
        unsafe forEachSlot(atHome: home) { unsafe body(HashTableShard.item($0.load(as: UInt64.self))) }
    }

    /// The slots of those whose home is this bucket.
    @inline(__always) func forEachSlot(atHome home: Int, _ body: (UnsafeMutableRawPointer) -> Void) -> Int {
        var index = home, hops = 0, count = 0
        repeat {
            let bucket = unsafe start + index &* 64
            let marks = unsafe bucket.load(as: UInt64.self)
            var occupied = HashTableShard.occupied(marks)
            while occupied != 0 {
                let offset = (occupied.trailingZeroBitCount &>> 3) &* 8
                let slot = unsafe bucket + offset
                if unsafe self.home(tag: slot.load(as: UInt64.self) &>> 48) == home {
                    unsafe body(slot)
                    count &+= 1
                }
                occupied &= occupied &- 1
            }
            if marks & 0xFF == 0 { break }
            hops &+= 1
            index = index &+ 1 == buckets ? 0 : index &+ 1
        } while hops < min(HashTableShard.reach, buckets)
        return count
    }

    /// Places the members of `other` here; with `half`, only those whose next hash bit says so.
    /// False when one found no room: the caller tries a larger shard.
    func takeMembers(of other: HashTableShard, half: UInt64? = nil, hash: KeyHash) -> Bool {
        let mustReadMembers = HashTableShard.tagBase(depth) != HashTableShard.tagBase(other.depth)
        let halfShift = 15 &- other.unusedTagBits
        for index in 0..<other.buckets {
            let bucket = unsafe other.start + index &* 64
            let marks = unsafe bucket.load(as: UInt64.self)
            var occupied = HashTableShard.occupied(marks)
            while occupied != 0 {
                let slot = occupied.trailingZeroBitCount &>> 3
                occupied &= occupied &- 1
                var word = unsafe bucket.load(fromByteOffset: slot &* 8, as: UInt64.self)
                if let half, ((word &>> 48) &>> halfShift) & 1 != half { continue }
                if mustReadMembers {
                    let hash = hash(HashTableShard.item(word).member)
                    word = (word & HashTableShard.blockMask) | HashTableShard.tag(hash, depth) &<< 48
                }
                if !put(word, (marks &>> UInt64(slot &* 8)) & 0xFF) { return false }
            }
        }
        return true
    }

    /// That every member is found from its home, and the passing counts are right.
    func checkInvariants(prefix: UInt64, hash: KeyHash) {
        var passing = [Int](repeating: 0, count: buckets)
        for index in 0..<buckets {
            for slot in 1..<8 where (marks(index) >> UInt64(slot * 8)) & 0xFF != 0 {
                let word = unsafe start.load(fromByteOffset: index * 64 + slot * 8, as: UInt64.self)
                let hash = hash(HashTableShard.item(word).member)
                precondition(word >> 48 == HashTableShard.tag(hash, depth), "the place bits are those of the hash")
                precondition((marks(index) >> UInt64(slot * 8)) & 0xFF == HashTableShard.fingerprint(hash))
                precondition(depth == 0 || hash >> UInt64(64 - depth) == prefix, "the member is in its shard")
                var passed = home(hash)
                while passed != index {
                    passing[passed] += 1
                    passed = passed + 1 == buckets ? 0 : passed + 1
                }
            }
        }
        for index in 0..<buckets { precondition(marks(index) & 0xFF == UInt64(passing[index])) }
    }
}
