// Going through a hash table: all of it, a stretch for SCAN, one block by chance, and for the last time.

extension HashTable {
    /// Every block once, in hash order. The table must stay as it is meanwhile.
    @inline(__always) func forEach(_ body: (Block) -> Void) {
        var index = 0
        let end = 1 &<< depth
        while index < end {
            let shard = unsafe header.pointee.shards[index]
            unsafe shard.forEach(body)
            index &+= 1 &<< (depth &- shard.depth)
        }
    }

    /// About `count` blocks from `cursor` on, and the cursor of the rest; 0 begins, and 0 says that all are done.
    /// A block that is there from the first call to the last is shown at least once, whatever happens between.
    func scan(_ cursor: UInt64, count: Int, _ body: (Block) -> Void) -> UInt64 {
        // A position in hash order, of which 52 bits matter; more would not survive a client's floating point.
        var position = cursor << 12
        var rest = max(count, 1)
        while true {
            let shard = self[position]
            var bucket = shard.home(position)
            while bucket < shard.buckets, rest > 0 {
                rest &-= unsafe max(shard.forEach(atHome: bucket, body), 1)
                bucket &+= 1
            }
            position = shard.firstHash(ofBucket: bucket, shardOf: position)
            if position == 0 || rest <= 0 { return position >> 12 }
        }
    }

    /// A block, each with the same chance: places are drawn until one is taken.
    /// - Complexity: a few draws; shards are never much sparser than the fullest.
    func randomBlock() -> Block? {
        guard count > 0 else { return nil }
        let range = depth == 0 ? self[0].buckets : Shard.largest
        for _ in 0..<1000 {
            let word = heap.random()
            let index = self.index(word)
            let shard = unsafe header.pointee.shards[index]
            // A shallow shard has several words in the directory, of which one counts.
            guard index & ((1 &<< (depth &- shard.depth)) &- 1) == 0 else { continue }
            let slot = Int(truncatingIfNeeded: ((word & 0xFFFF_FFFF) &* UInt64(range &* 7)) &>> 32)
            if let block = unsafe shard.block(inSlot: slot) { return unsafe block }
        }
        return unsafe anyBlock(from: heap.random())
    }

    /// The first block from a place in hash order on.
    private func anyBlock(from hash: UInt64) -> Block? {
        var found: Block?
        var cursor = hash >> 12
        repeat { cursor = unsafe scan(cursor, count: 1) { block in unsafe found = block } } while unsafe found == nil
        return unsafe found
    }

    /// Gives back the blocks and then the table, taking from `budget` one for each; true when all is done.
    /// Between the calls the table may only be freed further.
    func free(budget: inout Int) -> Bool {
        while unsafe header.pointee.freedShards < 1 << depth {
            guard budget > 0 else { return false }
            let shard = unsafe header.pointee.shards[header.pointee.freedShards]
            unsafe header.pointee.freedShards += 1 << (depth - shard.depth)
            unsafe shard.forEach { block in
                unsafe heap.deallocate(block)
                budget &-= 1
            }
            shard.deallocate(to: heap)
            budget &-= 1
        }
        unsafe heap.deallocate(header.pointee.shards)
        unsafe heap.deallocate(header)
        return true
    }

    /// That shards, counts and memory agree with each other, and that every member is found.
    func checkInvariants() {
        var index = 0, members = 0, deepest = 0
        var memory = unsafe Heap.capacity(of: header) + Heap.capacity(of: header.pointee.shards)
        while index < 1 << depth {
            let shard = unsafe header.pointee.shards[index]
            precondition(shard.depth <= depth && index & (1 << (depth - shard.depth) - 1) == 0)
            shard.checkInvariants(prefix: UInt64(index >> (depth - shard.depth)), hash: heap.hash)
            members += shard.count
            memory += shard.size
            if shard.depth == depth { deepest += 1 }
            index += 1 << (depth - shard.depth)
        }
        unsafe forEach { block in
            unsafe memory += Heap.capacity(of: block)
            let member = unsafe Item.member(of: block)
            let found = find(member, heap.hash(member))
            precondition(found != nil, "every member is found")
            if let found { unsafe precondition(found.block == block, "and only once") }
        }
        precondition(members == count && memory == memoryUsage)
        unsafe precondition(deepest == header.pointee.deepestShards)
    }
}
