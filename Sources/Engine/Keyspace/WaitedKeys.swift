// Keys that clients wait for, as the change feed knows them: by hash, so that a change asks one table and allocates
// nothing unless somebody waits. Who waits, and what for, is the dispatcher's.

/// A key of one database.
struct WaitedKey: Hashable {
    let database: Int
    let key: [UInt8]
}

/// The keys that are waited for, and those among them that have changed since they were last taken.
struct WaitedKeys {
    /// How many clients wait for a key with this hash, whatever the database.
    private var waiters: [UInt64: Int] = [:]
    private var changed: [WaitedKey] = []
    private var isChanged: Set<WaitedKey> = []
    /// Whole databases changed: any key may have.
    private var anyMayHaveChanged = false

    var isEmpty: Bool { waiters.isEmpty }
    var hasChanged: Bool { !changed.isEmpty || anyMayHaveChanged }

    mutating func add(_ hash: UInt64) { waiters[hash, default: 0] += 1 }

    mutating func remove(_ hash: UInt64) {
        guard let count = waiters[hash] else { return }
        waiters[hash] = count > 1 ? count - 1 : nil
    }

    /// True if somebody waits for a key with this hash.
    mutating func markChanged(_ key: Bytes, _ hash: UInt64, in database: Int) -> Bool {
        guard waiters[hash] != nil else { return false }
        let waited = WaitedKey(database: database, key: key.array)
        if isChanged.insert(waited).inserted { changed.append(waited) }
        return true
    }

    mutating func markAllChanged() { anyMayHaveChanged = true }

    /// The keys that have changed, in the order of their first change; nil if any of them may have.
    mutating func takeChanged() -> [WaitedKey]? {
        defer {
            changed.removeAll()
            isChanged.removeAll()
            anyMayHaveChanged = false
        }
        return anyMayHaveChanged ? nil : changed
    }
}
