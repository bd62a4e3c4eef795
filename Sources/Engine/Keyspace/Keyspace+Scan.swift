// Looking at all keys: at once, a stretch at a time, or at one by chance.
// A SCAN cursor is a place in hash order. What lies before it has been returned, whatever the table looked like then;
// growth in between neither skips nor repeats.

extension Keyspace {
    /// Every key of the selected database that has not ended, in hash order.
    func forEachKey(_ body: (_ key: Bytes, _ kind: ValueKind) -> Void) {
        databases.current.shards.forEach { entry in
            if !isOver(entry) { body(entry.key, ValueKind(entry.kind)) }
        }
    }

    /// Shows about `count` keys from the place `cursor` on, and answers where the rest begins; 0 for the end. Keys
    /// whose time has come are taken away instead.
    mutating func scan(_ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ kind: ValueKind) -> Void) -> UInt64 {
        var expired: [[UInt8]] = []
        let next = databases.current.shards.scan(from: cursor, count: count) { entry in
            if isOver(entry) { expired.append(entry.key.array) } else { body(entry.key, ValueKind(entry.kind)) }
        }
        if !expiryIsPaused { for key in expired { withBytes(of: key) { _ = find($0, hash($0)) } } }
        return next
    }

    /// Some key of the selected database, each as likely as any other, or nil if there is none.
    @_lifetime(&self)
    mutating func randomKey() -> Bytes? {
        while count > 0 {
            let entry = databases.current.shards.randomEntry(heap)
            if !isOver(entry) { return unsafe _overrideLifetime(entry.key, mutating: &self) }
            if expiryIsPaused { return unsafe _overrideLifetime(entry.key, mutating: &self) }
            let hash = hash(entry.key)
            _ = find(entry.key, hash)
        }
        return nil
    }

    /// Its time has come, or that of all that is in it.
    @inline(__always) func isOver(_ entry: Entry) -> Bool {
        guard _slowPath(entry.mayEnd) else { return false }
        return entry.hasDeadline && entry.deadline < horizon
            || entry.hasFieldDeadlines && !Keyspace.hasLiveFields(entry, heap)
    }
}
