// Many items leaving a hash table at once: what is looked at next is asked for ahead, and shards give up room when all
// is done, not one by one.

internal import Platform

extension HashTable {
    /// Takes out the items that `isGone` is true of, and gives their blocks back. Nobody saves the table meanwhile.
    /// - Complexity: O(all).
    func remove(where isGone: (Item) -> Bool) {
        var removed = 0, freed = 0
        var position: UInt64 = 0
        let heap = heap
        repeat {
            let shard = self[position], next = shard.firstHash(ofBucket: shard.buckets, shardOf: position)
            if next != 0 { self[next].prefetchItems() }
            shard.remove { item in
                guard isGone(item) else { return false }
                removed &+= 1
                unsafe freed &+= Heap.capacity(of: item.start)
                unsafe heap.deallocate(item.start)
                return true
            }
            position = next
        } while position != 0
        noteRemoved(removed, bytes: freed)
    }

    /// So many items, of so many bytes in all, have been taken out of shards: those that are sparse now shrink.
    func noteRemoved(_ items: Int, bytes: Int) {
        unsafe header.pointee.count -= items
        unsafe header.pointee.memory -= bytes
        var position: UInt64 = 0
        repeat {
            giveUpRoom(position)
            position = self[position].firstHash(ofBucket: self[position].buckets, shardOf: position)
        } while position != 0
    }
}

extension HashTable<ScoredMember> {
    /// Takes out a row of members, and gives their blocks back; `noteRemoved` is to follow. Answers their bytes.
    func remove(_ row: CountedTree.Row) -> Int {
        var hashes = InlineArray<62, UInt64>(repeating: 0), freed = 0
        for index in 0..<row.count { unsafe prefetch(row[index].start) }
        for index in 0..<row.count {
            hashes[index] = heap.hash(row[index].member)
            prefetchBucket(hashes[index])
        }
        for index in 0..<row.count {
            let item = row[index]
            self[hashes[index]].remove(item, hashes[index])
            unsafe freed &+= Heap.capacity(of: item.start)
            item.free(to: heap)
        }
        return freed
    }
}
