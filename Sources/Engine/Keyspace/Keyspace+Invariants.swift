// What must be true of a keyspace between two commands. For tests; it looks at everything.

extension Keyspace {
    /// Every entry is where its hash says; those with a deadline, or with fields that have one, and no others, are
    /// in the wheel for that; and each is counted
    /// by its size.
    mutating func checkInvariants() {
        let before = selected
        heap.checkInvariants()
        for index in 0..<databases.count {
            select(index)
            var count = 0, withDeadline = 0, withFieldDeadlines = 0
            var sizes = [Int](repeating: 0, count: SizeHistogram.slots.count)
            databases.current.shards.forEach { entry in
                count += 1
                if entry.hasDeadline { withDeadline += 1 }
                if entry.hasFieldDeadlines { withFieldDeadlines += 1 }
                sizes[slot(of: entry)] += 1
                let hash = hash(entry.key)
                precondition(databases.current.shards[hash].find(entry.key, hash)?.entry == entry)
            }
            precondition(count == databases.current.count && withDeadline == databases.current.countWithDeadline)
            precondition(withFieldDeadlines == databases.current.countWithFieldDeadlines)
            for slot in SizeHistogram.slots { precondition(databases.current.sizes.count(slot) == sizes[slot]) }
            databases.current.wheel.checkInvariants()
            databases.current.fieldWheel?.checkInvariants()
            databases.current.shards.checkInvariants()
        }
        select(before)
    }
}
