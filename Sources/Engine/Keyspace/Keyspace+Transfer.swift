// Values that leave the keyspace as they are, and values that come in: what DUMP, RESTORE and MIGRATE need.

extension Keyspace {
    /// Shows the value of a key: a string, or a value with blocks of its own. A hit or a miss, and a use. False if
    /// there is no such key.
    mutating func inspect(_ key: Key, _ body: (StringValue?, StoredValue?) -> Void) -> Bool {
        guard let entry = read(key) else { return false }
        switch content(of: entry) {
        case .bytes(let bytes, _): body(.bytes(bytes), nil)
        case .integer(let integer): body(.integer(integer), nil)
        case .word(let kind, let word): body(nil, StoredValue(kind: kind, word: word))
        }
        return true
    }

    /// Gives `key` a value from elsewhere, as if the key had not been there before. A value with blocks of its own is
    /// the keyspace's from now on.
    mutating func restore(_ key: Key, _ content: EntryContent, deadline: Deadline, accessClock: UInt16?) {
        let hash = hash(of: key)
        willChange(key.bytes, hash)
        var previous: Entry.Kind?
        if let place = find(key.bytes, hash) {
            previous = place.entry.kind
            erase(place, hash)
        }
        let entry = make(key.bytes, content, deadline.moment)
        if let accessClock { entry.accessClock = accessClock }
        let kind = entry.kind
        insert(entry, key.bytes, hash)
        feed.keyChanged(key.bytes, hash, .restore)
        if let previous { feed.tellReplaced(key.bytes, previous, kind) }
    }

    /// Frees a value that no key has taken.
    func discard(_ value: StoredValue) {
        var value = value, budget = Int.max
        _ = value.free(budget: &budget, to: heap)
    }
}
