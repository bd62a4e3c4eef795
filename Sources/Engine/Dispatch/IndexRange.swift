// Ranges of places as clients give them: from zero, or from the end if negative, both ends included.

/// A range of places that exist.
struct IndexRange {
    let first: Int
    let count: Int

    /// What `start` and `end` mean in a row of `count` things; nil if that is nothing. Both behind the end in the wrong
    /// order are nothing too, even where moving them into range would make them equal.
    init?(_ start: Int64, _ end: Int64, count: Int) {
        if start < 0, end < 0, start > end { return nil }
        let first = IndexRange.place(start, count), last = min(IndexRange.place(end, count), Int64(count) - 1)
        guard first <= last, count > 0 else { return nil }
        self.first = Int(truncatingIfNeeded: first)
        self.count = Int(truncatingIfNeeded: last - first + 1)
    }

    private static func place(_ index: Int64, _ count: Int) -> Int64 {
        index < 0 ? max(0, index + Int64(count)) : index
    }
}
