// The index of members: which block holds this member? For the large forms of hashes, sets and sorted sets.
// The blocks are the caller's, in any layout that a `TableItem` can read; the table keeps 8 bytes for each.
//
//     header ─▶ directory ─▶ shards of 4…32 buckets of 64 bytes (HashTableShard.swift)
//
// Extendible hashing, as in the keyspace: a full shard grows by some buckets or splits in two on its own, a sparse one
// shrinks or joins its neighbour, and no step takes longer than one shard does. The order is that of the hash, so a
// scan's cursor is a position in hash order and stays good while the table changes.
//
//     let table = HashTable<SetMember>(heap: heap)        word = table.word; HashTable(word: word, heap: heap)
//     table.find(member, hash)?.item                      hash = heap.hash(member)
//     table.insert(item, hash)                            only if the member is absent
//     table.remove(place, hash) -> item                   the caller frees its block
//     table.replace(place, with: item, …)                 the member moved to another block
//     table.forEach { item in … }                         every one once, in hash order
//     table.scan(cursor, count: 10) { item in … }         the next cursor; 0 begins, and 0 ends
//     table.randomItem()                                  each with the same chance
//     table.free(budget: &budget)                         everything, the blocks too, in steps
//
// Ownership rule: a `HashTable` is an address, not an owner; whoever keeps its word frees it once. Places end at the
// next change of the table.

/// The place of one block that a table finds. A name for memory, as `Heap` and `PackedList` are.
protocol TableItem: BitwiseCopyable {
    init(at start: UnsafeMutableRawPointer)

    var start: UnsafeMutableRawPointer { get }

    /// The bytes by which the block is found; they stay as they are while it is in a table.
    var member: Bytes { @_lifetime(immortal) get }
}

/// A table of blocks, found by their member.
@safe struct HashTable<Item: TableItem>: BitwiseCopyable {
    typealias Shard = HashTableShard<Item>

    /// What the table's word leads to.
    @safe struct Header {
        var shards: UnsafeMutablePointer<Shard>
        var count = 0
        /// Bytes of heap: of the blocks, the shards, the directory and this header.
        var memory = 0
        /// The directory has `1 << depth` words.
        var depth = 0
        /// How many shards are as deep as the directory; without any it can be halved.
        var deepestShards: Int32 = 1
        /// What marks items while the table is being saved (`HashTable+Saving.swift`).
        var mark: UInt8 = 1
        /// How many words of the directory are done with, while the table is being freed.
        var freedShards = 0
    }

    let header: UnsafeMutablePointer<Header>
    let heap: Heap

    /// An empty table with room for about `expected` members.
    init(heap: Heap, expecting expected: Int = 0) {
        let block = unsafe heap.allocate(MemoryLayout<Header>.size)
        let shards = unsafe heap.allocate(8).bindMemory(to: Shard.self, capacity: 1)
        let shard = Shard(buckets: Shard.buckets(for: expected), depth: 0, heap: heap)
        unsafe shards.initialize(to: shard)
        self.heap = heap
        unsafe header = block.bindMemory(to: Header.self, capacity: 1)
        unsafe header.initialize(to: Header(shards: shards))
        unsafe header.pointee.memory = Heap.capacity(of: block) &+ Heap.capacity(of: shards) &+ shard.size
    }

    /// The table that this word names.
    @inline(__always) init(word: UInt64, heap: Heap) {
        unsafe header = UnsafeMutablePointer(bitPattern: UInt(word)).unsafelyUnwrapped
        self.heap = heap
    }

    /// Names the table as long as it lives; a multiple of 8.
    @inline(__always) var word: UInt64 { unsafe UInt64(UInt(bitPattern: header)) }
    @inline(__always) var count: Int { unsafe header.pointee.count }
    /// Bytes of heap, those of the blocks included.
    @inline(__always) var memoryUsage: Int { unsafe header.pointee.memory }

    // MARK: Members

    /// Where a member sits.
    @safe struct Place {
        let slot: UnsafeMutableRawPointer
        @inline(__always) var item: Item { unsafe Shard.item(slot.load(as: UInt64.self)) }
    }

    @inline(__always) func find(_ member: Bytes, _ hash: UInt64) -> Place? {
        guard let slot = unsafe self[hash].find(member, hash) else { return nil }
        return unsafe Place(slot: slot)
    }

    /// Takes in a block whose member is absent.
    @inline(__always) func insert(_ item: Item, _ hash: UInt64) {
        unsafe header.pointee.count &+= 1
        unsafe header.pointee.memory &+= Heap.capacity(of: item.start)
        while !self[hash].insert(item, hash) { makeRoom(hash) }
    }

    /// The block leaves the table, and is the caller's again.
    @inline(__always) func remove(_ place: Place, _ hash: UInt64) -> Item {
        let item = place.item
        unsafe header.pointee.count &-= 1
        unsafe header.pointee.memory &-= Heap.capacity(of: item.start)
        if unsafe self[hash].remove(place.slot, hash) { giveUpRoom(hash) }
        return item
    }

    /// The member is now in another block; the one that was there, of `capacityBefore` bytes, may be freed already.
    @inline(__always) func replace(_ place: Place, with item: Item, capacityBefore: Int) {
        unsafe header.pointee.memory &+= Heap.capacity(of: item.start) &- capacityBefore
        let word = unsafe place.slot.load(as: UInt64.self) & ~Shard.addressMask
        unsafe place.slot.storeBytes(of: word | UInt64(UInt(bitPattern: item.start)), as: UInt64.self)
    }

    // MARK: Shards

    @inline(__always) var depth: Int { unsafe header.pointee.depth }

    @inline(__always) func index(_ hash: UInt64) -> Int {
        // Two shifts, because a shift by 64 is not one.
        Int(truncatingIfNeeded: (hash &>> 1) &>> UInt64(truncatingIfNeeded: 63 &- depth))
    }

    @inline(__always) subscript(hash: UInt64) -> Shard { unsafe header.pointee.shards[index(hash)] }
}
