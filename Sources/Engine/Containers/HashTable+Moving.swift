// A hash table that leaves sparse pages: its shards one by one, and the blocks in them. Nothing changes but addresses.

extension HashTable {
    /// The table in which header and directory are where the heap wants them.
    func moved() -> HashTable {
        let table = HashTable(word: heap.moved(word), heap: heap)
        let shards = unsafe heap.moved(UInt64(UInt(bitPattern: table.header.pointee.shards)))
        unsafe table.header.pointee.shards = UnsafeMutablePointer(bitPattern: UInt(shards)).unsafelyUnwrapped
        return table
    }

    /// Moves the shard of the hash `position`, which shrinks if it is sparse, and, `withItems`, the blocks that it
    /// names, but for those that must stay. Answers where the next shard begins; 0 behind the last one.
    func moveShard(
        at position: UInt64, withItems: Bool, leaving mustStay: (Item) -> Bool = { _ in false }, budget: inout Int
    ) -> UInt64 {
        giveUpRoom(position)
        let old = self[position], shard = old.moved(in: heap)
        let span = 1 &<< (depth &- shard.depth), first = index(position) & ~(span &- 1)
        for index in first..<first &+ span { unsafe header.pointee.shards[index] = shard }
        budget &-= 8
        if withItems {
            unsafe shard.forEachSlot { slot in
                let word = unsafe slot.load(as: UInt64.self)
                if mustStay(Shard.item(word)) { return }
                let moved = heap.moved(word)
                if moved != word { unsafe slot.storeBytes(of: moved, as: UInt64.self) }
                budget &-= 1
            }
        }
        return shard.firstHash(ofBucket: shard.buckets, shardOf: position)
    }
}
