// Going through a hash table: all of it, a stretch for SCAN, one item by chance, and for the last time.

extension HashTable {
    /// Every item once, in hash order. The table must stay as it is meanwhile.
    @inline(__always) func forEach(_ body: (Item) -> Void) {
        var index = 0
        let end = 1 &<< depth
        while index < end {
            let shard = unsafe header.pointee.shards[index]
            shard.forEach(body)
            index &+= 1 &<< (depth &- shard.depth)
        }
    }

    /// A part of what `forEach` shows, in its order: the shards from number `place` on, until about `limit` items have
    /// been shown. Moves `place` behind them and answers how many items they were. The table must stay as it is from
    /// the first part to the last.
    @inline(__always) func forEach(from place: inout Int, limit: Int, _ body: (Item) -> Void) -> Int {
        var shown = 0
        while shown < limit, place < 1 &<< depth {
            let shard = unsafe header.pointee.shards[place]
            shard.prefetchItems()
            shard.forEach { item in
                body(item)
                shown &+= 1
            }
            place &+= 1 &<< (depth &- shard.depth)
        }
        return shown
    }

    /// About `count` items from `cursor` on, and the cursor of the rest; 0 begins, and 0 says that all are done.
    /// An item that is there from the first call to the last is shown at least once, whatever happens between.
    func scan(_ cursor: UInt64, count: Int, _ body: (Item) -> Void) -> UInt64 {
        // A position in hash order, of which 52 bits matter; more would not survive a client's floating point.
        var position = cursor << 12
        var rest = max(count, 1)
        while true {
            let shard = self[position]
            var bucket = shard.home(position)
            while bucket < shard.buckets, rest > 0 {
                rest &-= max(shard.forEach(atHome: bucket, body), 1)
                bucket &+= 1
            }
            position = shard.firstHash(ofBucket: bucket, shardOf: position)
            if position == 0 || rest <= 0 { return position >> 12 }
        }
    }

    /// An item, each with the same chance.
    func randomItem() -> Item? { randomPlace()?.item }

    /// A place, each with the same chance: they are drawn until one is taken. Nil if the table is empty.
    /// - Complexity: a few draws; shards are never much sparser than the fullest.
    func randomPlace() -> Place? {
        guard count > 0 else { return nil }
        let range = depth == 0 ? self[0].buckets : Shard.largest
        for _ in 0..<1000 {
            let word = heap.random()
            let index = self.index(word)
            let shard = unsafe header.pointee.shards[index]
            // A shallow shard has several words in the directory, of which one counts.
            guard index & ((1 &<< (depth &- shard.depth)) &- 1) == 0 else { continue }
            let slot = Int(truncatingIfNeeded: ((word & 0xFFFF_FFFF) &* UInt64(range &* 7)) &>> 32)
            if let slot = unsafe shard.occupiedSlot(slot) { return unsafe Place(slot: slot) }
        }
        guard let item = anyItem(from: heap.random()) else { return nil }
        return find(item.member, heap.hash(item.member))
    }

    /// `count` different items by chance, which are not more than there are.
    /// - Complexity: O(count), as long as that is much less than all; O(all) otherwise.
    func sample(_ count: Int, _ body: (Item) -> Void) {
        guard count <= self.count / 3 else {
            var wanted = min(count, self.count), left = self.count
            return forEach { item in
                // Each of those left is wanted with the same chance.
                if wanted > 0, heap.random(below: left) < wanted {
                    body(item)
                    wanted &-= 1
                }
                left &-= 1
            }
        }
        var drawn: Set<UInt> = []
        while drawn.count < count {
            guard let item = randomItem() else { return }
            if unsafe drawn.insert(UInt(bitPattern: item.start)).inserted { body(item) }
        }
    }

    /// The first item from a place in hash order on.
    private func anyItem(from hash: UInt64) -> Item? {
        var found: Item?
        var cursor = hash >> 12
        repeat { cursor = scan(cursor, count: 1) { found = $0 } } while found == nil
        return found
    }

    /// Gives back the blocks and then the table, taking from `budget` one for each; true when all is done.
    /// Between the calls the table may only be freed further.
    func free(budget: inout Int) -> Bool {
        while unsafe header.pointee.freedShards < 1 << depth {
            guard budget > 0 else { return false }
            let shard = unsafe header.pointee.shards[header.pointee.freedShards]
            unsafe header.pointee.freedShards += 1 << (depth - shard.depth)
            shard.forEach { item in
                unsafe heap.deallocate(item.start)
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
        forEach { item in
            unsafe memory += Heap.capacity(of: item.start)
            let found = find(item.member, heap.hash(item.member))
            precondition(found != nil, "every member is found")
            if let found { unsafe precondition(found.item.start == item.start, "and only once") }
        }
        precondition(members == count && memory == memoryUsage)
        unsafe precondition(deepest == Int(header.pointee.deepestShards))
    }
}
