// The best victims that have been met so far, kept from one eviction to the next: what was a good candidate a moment
// ago still is one, unless it has been used. A candidate is named by its hash and by the mark or moment that it was
// chosen for; nothing here holds an address, so keys may change, move and go as they like.

/// A key that may go.
struct EvictionCandidate {
    /// The smallest goes first: when it was used last, how often, or when it ends anyway.
    var rank: Int64 = 0
    var hash: UInt64 = 0
    var database: Int32 = 0
    /// What the entry was marked with; a key that has been used since is no candidate any more.
    var mark: UInt16 = 0
}

/// The candidates with the lowest ranks, the worst of them first.
struct EvictionPool {
    static let capacity = 16

    private var candidates = InlineArray<16, EvictionCandidate>(repeating: EvictionCandidate())
    private(set) var count = 0

    /// Whether a candidate of this rank would be kept.
    @inline(__always) func takes(_ rank: Int64) -> Bool {
        count < EvictionPool.capacity || rank < candidates[0].rank
    }

    var worstRank: Int64? { count > 0 ? candidates[0].rank : nil }

    /// Keeps a candidate that `takes` has approved, in the place of the worst one if there is no room.
    mutating func insert(_ candidate: EvictionCandidate) {
        var place = count
        while place > 0, candidates[place - 1].rank <= candidate.rank {
            let other = candidates[place - 1]
            if other.rank == candidate.rank, other.hash == candidate.hash, other.database == candidate.database {
                return
            }
            place -= 1
        }
        if count == EvictionPool.capacity {
            for index in 1..<max(place, 1) { candidates[index - 1] = candidates[index] }
            candidates[place - 1] = candidate
            return
        }
        var index = count
        while index > place {
            candidates[index] = candidates[index - 1]
            index -= 1
        }
        candidates[place] = candidate
        count += 1
    }

    /// Takes the best candidate.
    @inline(__always) mutating func popFirst() -> EvictionCandidate? {
        guard count > 0 else { return nil }
        count -= 1
        return candidates[count]
    }

    mutating func removeAll() { count = 0 }
}
