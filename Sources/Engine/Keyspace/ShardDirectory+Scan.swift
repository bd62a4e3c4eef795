// The shards in hash order: a stretch of them at a time, one bucket after the other, or one entry by chance.

extension ShardDirectory {
    /// Shows the entries from the place `cursor` on, until about `count` have been shown. Answers the next place.
    func scan(from cursor: UInt64, count: Int, _ body: (Entry) -> Void) -> UInt64 {
        // A cursor is the upper 52 bits of a hash: numbers below 2^53 survive in every client.
        var place = (cursor & (1 << 52 - 1)) << 12
        var shown = 0
        var visits = max(count, 1).multipliedReportingOverflow(by: 10).partialValue
        while true {
            let shard = self[place]
            var bucket = shard.bucket(for: place)
            while bucket < shard.buckets {
                if shown >= count || visits <= 0 { return shard.place(of: bucket, near: place) >> 12 }
                visits -= 1
                shard.forEachAtHome(in: bucket, notBefore: place) { entry in
                    shown += 1
                    body(entry)
                }
                bucket += 1
            }
            guard let next = shard.endPlace(near: place) else { return 0 }
            place = next
        }
    }

    /// Shows the entries of the shard at `place`, those before it excepted, and answers where the next shard begins;
    /// nil behind the last one. Whatever happens to shards between two calls, no entry is shown twice, and none is
    /// left out that stays where it is.
    func walk(from place: UInt64, _ hash: KeyHash, _ body: (Entry) -> Void) -> UInt64? {
        let shard = self[place]
        shard.prefetchEntries()
        let isWhole = shard.place(of: 0, near: place) == place
        shard.forEach { entry in
            // The shards before and at the place may have become one.
            if isWhole || hash(entry.key) >= place { body(entry) }
        }
        return shard.endPlace(near: place)
    }

    /// Shows the entries that sit in the bucket at the place `hand`, and moves the hand on to the next bucket, behind
    /// the last one to the first. Asks for memory that calls after the next one will read.
    @inline(__always) func sample(at hand: inout UInt64, _ body: (Entry) -> Void) {
        let shard = self[hand], index = shard.bucket(for: hand), ahead = index &+ 3
        for slot in 1..<8 { if let word = shard.word(index, slot) { body(Shard.entry(word)) } }
        if ahead < shard.buckets { shard.prefetchHeaders(in: ahead) }
        if index &+ 1 < shard.buckets {
            hand = shard.place(of: index &+ 1, near: hand)
        } else {
            hand = shard.endPlace(near: hand) ?? 0
            let next = self[hand]
            for bucket in 0..<min(3, next.buckets) { next.prefetchHeaders(in: bucket) }
        }
    }

    /// Some entry; there must be one.
    func randomEntry(_ heap: Heap) -> Entry {
        precondition(count > 0)
        while true {
            // A shard is met as often as its share of the hashes, and a slot of it as often as any other.
            let shard = self[heap.random()]
            for _ in 0..<4 {
                let bucket = heap.random(below: Shard.largest)
                if bucket < shard.buckets, let entry = shard.entry(bucket, 1 + heap.random(below: 7)) { return entry }
            }
        }
    }
}

extension Shard {
    /// The bucket that is home to the hash `place`, as far as slots know hashes.
    func bucket(for place: UInt64) -> Int { home(tag: Shard.tag(place, depth)) }

    /// The first hash whose home is `bucket`; `near` is any hash of this shard.
    func place(of bucket: Int, near: UInt64) -> UInt64 {
        let prefix = depth == 0 ? 0 : near & ~(UInt64.max >> UInt64(depth))
        let first = (UInt64(bucket) << 16 + UInt64(buckets) - 1) / UInt64(buckets)
        // Rounded up to what a slot can tell, or the bucket before would seem to be meant.
        let unknown = UInt64(1) << UInt64(depth & 3) - 1
        return prefix | ((first + unknown) & ~unknown) << UInt64(48 - depth)
    }

    /// The first hash behind this shard; nil if it is the last.
    func endPlace(near: UInt64) -> UInt64? {
        guard depth > 0 else { return nil }
        let (end, overflows) = (near | (UInt64.max >> UInt64(depth))).addingReportingOverflow(1)
        return overflows ? nil : end
    }

    /// The entries whose home is `bucket`, wherever they sit, except those that surely lie before `place`.
    func forEachAtHome(in bucket: Int, notBefore place: UInt64, _ body: (Entry) -> Void) {
        let first = Shard.tag(place, depth)
        for hop in 0..<min(Shard.reach, buckets) {
            let index = (bucket + hop) % buckets
            for slot in 1..<8 {
                guard let word = word(index, slot) else { continue }
                if home(tag: word >> 48) == bucket, word >> 48 >= first { body(Shard.entry(word)) }
            }
            if passedCount(index) == 0 { return }
        }
    }
}
