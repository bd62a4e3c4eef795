// Keys that get another name, another database, or a double; databases that are emptied or swapped; and watching,
// which all of these must not fool.

/// What became of a request to rename, copy or move a key.
enum MoveResult { case done, missing, occupied }

extension Keyspace {
    /// Gives the value, with its deadline, another key. `occupied` if that exists and must not be replaced.
    mutating func rename(_ key: Key, to newKey: Key, replacing: Bool) -> MoveResult {
        let (oldHash, newHash) = (hash(of: key), hash(of: newKey))
        guard find(key.bytes, oldHash) != nil else { return .missing }
        if key.bytes == newKey.bytes { return replacing ? .done : .occupied }
        if find(newKey.bytes, newHash) != nil, !replacing { return .occupied }
        willChange(key.bytes, oldHash)
        willChange(newKey.bytes, newHash)
        guard let place = find(key.bytes, oldHash) else { return .missing }
        let old = place.entry, kind = old.kind, previous = find(newKey.bytes, newHash)?.entry.kind
        let moment = old.hasDeadline ? old.deadline : nil
        detach(place, oldHash)
        let new = make(newKey.bytes, content(of: old), moment)
        new.accessClock = old.accessClock
        install(new, newKey.bytes, newHash)
        old.free(to: heap)
        feed.keyChanged(key.bytes, oldHash, .renameFrom, count: 0)
        feed.keyChanged(newKey.bytes, newHash, .renameTo)
        if let previous { feed.tellReplaced(newKey.bytes, previous, kind) }
        return .done
    }

    /// Gives `newKey` in the database `index` an equal value with an equal deadline.
    mutating func copy(_ key: Key, to newKey: Key, in index: Int, replacing: Bool) -> MoveResult {
        let newHash = hash(of: newKey)
        let home = selected
        guard let entry = read(key) else { return .missing }
        let moment = entry.hasDeadline ? entry.deadline : nil
        select(index)
        defer { select(home) }
        let kind = entry.kind, previous = find(newKey.bytes, newHash)?.entry.kind
        if previous != nil, !replacing { return .occupied }
        willChange(newKey.bytes, newHash)
        switch content(of: entry) {
        case .word(let kind, let word):
            let copy = StoredValue(kind: kind, word: word).copied(in: heap)
            install(make(newKey.bytes, .word(kind, copy), moment), newKey.bytes, newHash)
        case let content: install(make(newKey.bytes, content, moment), newKey.bytes, newHash)
        }
        feed.keyChanged(newKey.bytes, newHash, .copyTo)
        if let previous { feed.tellReplaced(newKey.bytes, previous, kind) }
        return .done
    }

    /// Takes the key over into the database `index`, unless it exists there.
    mutating func move(_ key: Key, to index: Int) -> MoveResult {
        let hash = hash(of: key)
        let home = selected
        guard find(key.bytes, hash) != nil else { return .missing }
        select(index)
        defer { select(home) }
        if find(key.bytes, hash) != nil { return .occupied }
        select(home)
        willChange(key.bytes, hash)
        guard let place = find(key.bytes, hash) else { return .missing }
        let entry = place.entry
        detach(place, hash)
        if entry.kind == .hash, HashValue.isTimed(entry.word) { entry.flags.insert(.hasFieldDeadlines) }
        feed.keyChanged(key.bytes, hash, nil, count: 0)
        select(index)
        insert(entry, key.bytes, hash)
        feed.keyChanged(key.bytes, hash, nil)
        select(home)
        feed.announce(.moveFrom, key)
        select(index)
        feed.announce(.moveTo, key)
        return .done
    }

    /// Puts a new entry where its key belongs; what was there is freed, and the key is a new one all the same.
    private mutating func install(_ entry: Entry, _ key: Bytes, _ hash: UInt64) {
        if let place = find(key, hash) {
            let old = place.entry
            exchange(entry, for: old, in: place)
            dispose(old)
            feed.keyAdded(key)
        } else {
            insert(entry, key, hash)
        }
    }

    // MARK: Whole databases

    /// Empties the selected database at once and says how many keys it had; their memory is given back bit by bit.
    @discardableResult
    mutating func flush() -> Int {
        feed.allKeysRemoved()
        return empty()
    }

    private mutating func empty() -> Int {
        let count = count
        reconsiderWatches(of: selected, replacement: nil)
        if count > 0 {
            // As double: the product of both may be large.
            let share = Double(count) / Double(databases.keyCount)
            removed.noteFlush(keys: count, memory: Int(Double(memoryUsed) * share))
            databases.empty(selected, now: now, in: heap, holding: snapshot?.needs(databases.current.identity) == true)
        }
        feed.databaseChanged(count: count)
        return count
    }

    /// Empties all databases at once and says how many keys they had.
    @discardableResult
    mutating func flushAll() -> Int {
        let before = selected
        var count = 0
        for index in 0..<databases.count {
            select(index)
            count += empty()
        }
        select(before)
        feed.allKeysRemoved()
        return count
    }

    /// Lets two databases change their numbers.
    mutating func swap(_ first: Int, _ second: Int) {
        if first != second {
            reconsiderWatches(of: first, replacement: second)
            reconsiderWatches(of: second, replacement: first)
        }
        databases.swap(first, second)
        feed.databaseChanged(count: 1)
    }

    // MARK: Watching

    /// The client's next transaction is void if the key changes before.
    mutating func watch(_ key: Key, by client: ClientIdentifier) {
        let hash = hash(of: key)
        let wasExpired = isExpired(key.bytes, hash, in: selected)
        feed.watchedKeys.watch(key.bytes, hash, in: selected, by: client, wasExpired: wasExpired)
    }

    /// Whether a key that the client watches has changed, or its time has come, since it began to.
    func hasChangedWatchedKeys(_ client: ClientIdentifier) -> Bool {
        guard !feed.watchedKeys.isEmpty else { return false }
        if feed.watchedKeys.hasChangedKeys(client) { return true }
        for (watch, hash) in feed.watchedKeys.watches(of: client) where !watch.wasExpired {
            if withBytes(of: watch.key, { isExpired($0, hash, in: watch.database) }) { return true }
        }
        return false
    }

    /// A database gets the contents of another, or none: which of its watched keys have changed by that?
    private mutating func reconsiderWatches(of index: Int, replacement: Int?) {
        guard !feed.watchedKeys.isEmpty else { return }
        var watched = WatchedKeys()
        Swift.swap(&watched, &feed.watchedKeys)
        watched.reconsider(index) { watch, hash in
            withBytes(of: watch.key) { key in
                let isThere = holds(key, hash, in: index)
                let willBeThere = replacement.map { holds(key, hash, in: $0) } ?? false
                guard isThere || willBeThere else { return false }
                let willBeExpired = replacement.map { isExpired(key, hash, in: $0) } ?? false
                if watch.wasExpired {
                    if !willBeThere { watch.wasExpired = false }
                    return willBeThere && !willBeExpired
                }
                if !isThere && willBeExpired {
                    watch.wasExpired = true
                    return false
                }
                return true
            }
        }
        Swift.swap(&watched, &feed.watchedKeys)
    }

    /// In memory, whether or not its time has come.
    private func holds(_ key: Bytes, _ hash: UInt64, in index: Int) -> Bool {
        databases[index].shards[hash].find(key, hash) != nil
    }

    private func isExpired(_ key: Bytes, _ hash: UInt64, in index: Int) -> Bool {
        guard let entry = databases[index].shards[hash].find(key, hash)?.entry else { return false }
        return isOver(entry)
    }
}
