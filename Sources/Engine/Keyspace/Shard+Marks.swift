// How a snapshot goes through a shard: bucket after bucket, past the entries that it does not need any more. If it
// stops within a shard, marks tell what it has; when it has all, the shard says so as a whole.

internal import Platform

extension Shard {
    /// Asks for the memory of the entries in a bucket.
    @inline(__always) func prefetchEntries(in bucket: Int) {
        for slot in 1..<8 {
            guard let word = word(bucket, slot) else { continue }
            Shard.entry(word).prefetchWhole()
        }
    }

    /// Asks for what all entries in a bucket begin with.
    @inline(__always) func prefetchHeaders(in bucket: Int) {
        for slot in 1..<8 { if let word = word(bucket, slot) { Shard.entry(word).prefetchHeader() } }
    }

    /// Shows the entries in a bucket that the snapshot still needs.
    @inline(__always) func forEachUnmarked(in bucket: Int, _ body: (Entry) -> Void) {
        for slot in 1..<8 {
            guard let word = word(bucket, slot), word & Shard.mark == 0 else { continue }
            body(Shard.entry(word))
        }
    }

    /// The snapshot has the entries of the buckets before this one.
    func markEntries(before bucket: Int) {
        for index in 0..<bucket { editWords(in: index) { $0 | Shard.mark } }
    }

    func clearMarks() {
        for index in 0..<buckets { editWords(in: index) { $0 & ~Shard.mark } }
    }

    var hasMarks: Bool {
        (0..<buckets).contains { bucket in (1..<8).contains { (word(bucket, $0) ?? 0) & Shard.mark != 0 } }
    }

    @inline(__always) private func editWords(in bucket: Int, _ edit: (UInt64) -> UInt64) {
        for slot in 1..<8 {
            guard let word = word(bucket, slot) else { continue }
            let edited = edit(word)
            if edited != word {
                unsafe start.storeBytes(of: edited, toByteOffset: bucket * 64 + slot * 8, as: UInt64.self)
            }
        }
    }
}
