// How a hash table follows the number of its members: one shard at a time grows, splits, shrinks or joins its
// neighbour. Only the directory is ever copied whole: 8 bytes for some hundred members.

extension HashTable {
    /// An empty table that is to take in `count` members at once: as many shards as they need are there from the
    /// beginning, and none has to be split.
    init(heap: Heap, reserving count: Int) {
        let most = Shard.largest * 7 * 3 / 4
        var depth = 0
        while count >> depth > most, depth < 24 { depth += 1 }
        guard depth > 0 else {
            self.init(heap: heap, expecting: count)
            return
        }
        self.init(heap: heap)
        let first = self[0]
        discard(first)
        let buckets = ((count >> depth) * 4 / 3 + 6) / 7
        unsafe header.pointee.memory -= Heap.capacity(of: header.pointee.shards)
        unsafe heap.deallocate(header.pointee.shards)
        let shards = unsafe heap.allocate(8 << depth).bindMemory(to: Shard.self, capacity: 1 << depth)
        for index in 0..<1 << depth { unsafe (shards + index).initialize(to: make(buckets: buckets, depth: depth)) }
        unsafe header.pointee.shards = shards
        unsafe header.pointee.memory += Heap.capacity(of: shards)
        unsafe (header.pointee.depth, header.pointee.deepestShards) = (depth, Int32(1) << Int32(depth))
    }

    /// Asks for the memory in which a member with this hash is looked for first.
    @inline(__always) func prefetchBucket(_ hash: UInt64) { self[hash].prefetchBucket(hash) }

    /// The shard of `hash` is full: it grows, or splits in two.
    @inline(never) func makeRoom(_ hash: UInt64) {
        let full = self[hash]
        if let larger = grown(full) { point(to: larger, hash) } else { split(full, hash) }
        discard(full)
    }

    /// The same members in a larger shard, unless that would be too large.
    private func grown(_ full: Shard) -> Shard? {
        var buckets = full.buckets
        while buckets < Shard.largest {
            let larger = make(buckets: min(buckets + max(buckets / 8, 1), Shard.largest), depth: full.depth)
            if larger.takeMembers(of: full, hash: heap.hash) { return larger }
            buckets = larger.buckets
            discard(larger)
        }
        return nil
    }

    private func split(_ full: Shard, _ hash: UInt64) {
        // A hash has 64 bits, of which the cursor of a scan shows 52.
        precondition(full.depth < 40, "members whose hashes are equal cannot be kept apart")
        if full.depth == depth { doubleDirectory() }
        if full.depth + 1 == depth { unsafe header.pointee.deepestShards += 2 }
        let (first, span) = range(of: full, hash)
        for half in 0..<2 {
            let part = self.half(UInt64(half), of: full)
            let start = first + half * span / 2
            for index in start..<start + span / 2 { unsafe header.pointee.shards[index] = part }
        }
        // The parts are in the directory before one of them is split again.
        let below = UInt64(1) << UInt64(63 - full.depth), base = hash & ~(below &* 2 &- 1)
        for half in 0..<2 {
            let hash = half == 0 ? base : base | below
            let part = self[hash]
            guard part.buckets > Shard.largest else { continue }
            split(part, hash)
            discard(part)
        }
    }

    /// The members of one half: in the largest shard, as a rule, all have room. Where they came in the order of their
    /// hashes they may lie too close together; then the shard is larger than shards may be.
    private func half(_ half: UInt64, of full: Shard) -> Shard {
        var buckets = full.buckets / 2 + 2
        while true {
            let part = make(buckets: buckets, depth: full.depth + 1)
            if part.takeMembers(of: full, half: half, hash: heap.hash) { return part }
            precondition(part.buckets < Shard.largestBeforeSplit, "half of a shard fits in a shard")
            buckets = part.buckets < Shard.largest ? min(part.buckets + 4, Shard.largest) : Shard.largestBeforeSplit
            discard(part)
        }
    }

    /// The shard of `hash` has an empty bucket: a sparse one shrinks, or joins its neighbour.
    @inline(never) func giveUpRoom(_ hash: UInt64) {
        let shard = self[hash]
        let count = shard.count
        guard count * 5 < shard.buckets * 7 * 2 else { return }
        if shard.depth > 0, join(shard, count, hash) { return }
        let buckets = Shard.buckets(for: count)
        guard buckets * 4 <= shard.buckets * 3 else { return }
        let smaller = make(buckets: buckets, depth: shard.depth)
        if smaller.buckets < shard.buckets, smaller.takeMembers(of: shard, hash: heap.hash) {
            point(to: smaller, hash)
            discard(shard)
        } else {
            discard(smaller)
        }
    }

    /// One shard of the two that share all hash bits but their last, if that is not too full.
    private func join(_ shard: Shard, _ count: Int, _ hash: UInt64) -> Bool {
        let neighbourHash = hash ^ (1 << UInt64(64 - shard.depth))
        let neighbour = self[neighbourHash]
        guard neighbour.depth == shard.depth else { return false }
        let total = count + neighbour.count
        guard total * 2 < Shard.largest * 7 else { return false }
        let both = make(buckets: Shard.buckets(for: total), depth: shard.depth - 1)
        guard both.takeMembers(of: shard, hash: heap.hash), both.takeMembers(of: neighbour, hash: heap.hash) else {
            discard(both)
            return false
        }
        point(to: both, hash)
        if shard.depth == depth { unsafe header.pointee.deepestShards -= 2 }
        discard(shard)
        discard(neighbour)
        while depth > 0, unsafe header.pointee.deepestShards == 0 { halveDirectory() }
        return true
    }

    // MARK: The directory

    private func make(buckets: Int, depth: Int) -> Shard {
        let shard = Shard(buckets: buckets, depth: depth, heap: heap)
        unsafe header.pointee.memory += shard.size
        return shard
    }

    private func discard(_ shard: Shard) {
        unsafe header.pointee.memory -= shard.size
        shard.deallocate(to: heap)
    }

    /// The directory words that name the shard of `hash`.
    private func range(of shard: Shard, _ hash: UInt64) -> (first: Int, span: Int) {
        let span = 1 << (depth - shard.depth)
        return (index(hash) & ~(span - 1), span)
    }

    private func point(to shard: Shard, _ hash: UInt64) {
        let (first, span) = range(of: shard, hash)
        for index in first..<first + span { unsafe header.pointee.shards[index] = shard }
    }

    private func doubleDirectory() {
        let size = 1 << depth
        let shards = unsafe header.pointee.shards
        let doubled = unsafe heap.allocate(size * 16).bindMemory(to: Shard.self, capacity: size * 2)
        for index in 0..<size { unsafe (doubled + 2 * index).initialize(repeating: shards[index], count: 2) }
        unsafe adopt(doubled, depth: depth + 1)
        unsafe header.pointee.deepestShards = 0
    }

    private func halveDirectory() {
        let size = 1 << (depth - 1)
        let shards = unsafe header.pointee.shards
        let halved = unsafe heap.allocate(size * 8).bindMemory(to: Shard.self, capacity: size)
        var deepest = 0
        for index in 0..<size {
            let shard = unsafe shards[2 * index]
            unsafe (halved + index).initialize(to: shard)
            if shard.depth == depth - 1 { deepest += 1 }
        }
        unsafe adopt(halved, depth: depth - 1)
        unsafe header.pointee.deepestShards = Int32(truncatingIfNeeded: deepest)
    }

    private func adopt(_ shards: UnsafeMutablePointer<Shard>, depth: Int) {
        let old = unsafe header.pointee.shards
        unsafe header.pointee.memory += Heap.capacity(of: shards) - Heap.capacity(of: old)
        unsafe heap.deallocate(old)
        unsafe header.pointee.shards = shards
        unsafe header.pointee.depth = depth
    }
}
