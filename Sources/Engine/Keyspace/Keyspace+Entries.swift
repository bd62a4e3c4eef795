// Behind the doors: entries are made, moved to blocks that fit them, and freed, in step with table and wheel.

/// What an entry shall hold.
enum EntryContent: ~Escapable {
    case bytes(Bytes, Entry.Flags)
    case integer(Int64)
    /// A value with blocks of its own.
    case word(Entry.Kind, UInt64)
}

extension Deadline {
    /// Of a new key.
    @inline(__always) var moment: Int64? {
        if case .at(let moment) = self { moment } else { nil }
    }
}

extension Keyspace {
    // MARK: New entries

    @inline(__always) mutating func insert(_ entry: Entry, _ key: Bytes, _ hash: UInt64) {
        if entry.hasDeadline { startTiming(entry) }
        if _slowPath(entry.hasFieldDeadlines) { startTimingFields(of: entry) }
        databases.current.shards.insert(entry, hash)
        databases.current.sizes.add(slot(of: entry))
        if _slowPath(clock.countsDensity) { welcome(entry, hash) }
        feed.keyAdded(key)
    }

    @inline(__always)
    mutating func add(_ key: Bytes, _ hash: UInt64, _ value: Bytes, _ deadline: Deadline, form: Entry.Flags) {
        if _fastPath(value.count <= Entry.longestInlineValue) {
            insert(make(key, .bytes(value, form), deadline.moment), key, hash)
        } else {
            insert(make(key, .word(.largeString, LargeString(value, in: heap).word), deadline.moment), key, hash)
        }
    }

    /// Changes nothing but the heap; if it did not say so, the whole keyspace would be copied for the call.
    @inline(__always) mutating func make(_ key: Bytes, _ content: EntryContent, _ moment: Int64?) -> Entry {
        let entry: Entry
        switch content {
        case .bytes(let bytes, let flags):
            entry = Entry(.string, flags, key: key, valueCount: bytes.count, moment: moment, in: heap)
            entry.setValue(bytes)
        case .integer(let integer):
            let isSmall = Int32(exactly: integer) != nil
            entry = Entry(
                isSmall ? .integer32 : .integer64, [], key: key, valueCount: isSmall ? 4 : 8, moment: moment, in: heap)
            _ = entry.setInteger(integer)
        case .word(let kind, let word):
            let isTimed = kind == .hash && HashValue.isTimed(word)
            entry = Entry(
                kind, isTimed ? .hasFieldDeadlines : [], key: key, valueCount: 8, moment: moment, in: heap)
            entry.word = word
        }
        entry.accessClock = clock.birthMark
        return entry
    }

    // MARK: Entries that change

    /// The key gets another string.
    @inline(never)
    mutating func rebuild(_ place: Shard.Place, with value: Bytes, _ deadline: Deadline, form: Entry.Flags) {
        if form.isEmpty && overwrite(place, with: value, deadline) { return }
        if value.count <= Entry.longestInlineValue {
            rebuild(place, .bytes(value, form), deadline)
        } else {
            rebuild(place, .word(.largeString, LargeString(value, in: heap).word), deadline)
        }
    }

    /// The same shape again, with a deadline before and after: no allocation, no move. False if the shape differs.
    @inline(__always)
    private mutating func overwrite(_ place: Shard.Place, with value: Bytes, _ deadline: Deadline) -> Bool {
        let entry = place.entry
        guard entry.isString, entry.valueCount == value.count, entry.flags.isDisjoint(with: [.isEdited, .isText])
        else { return false }
        switch deadline {
        case .at(let moment):
            guard entry.hasDeadline else { return false }
            entry.setValue(value)
            moveDeadline(place, to: moment)
        case .unchanged: entry.setValue(value)
        case .never: return false
        }
        touch(place.entry)
        return true
    }

    /// The key gets another value; the one it had is freed.
    @inline(never)
    mutating func rebuild(_ place: Shard.Place, _ content: EntryContent, _ deadline: Deadline) {
        let old = place.entry
        put(content, deadline, in: place)
        dispose(old)
    }

    /// The same value in a block that has room for a deadline, or none.
    @inline(never) mutating func reshape(_ place: Shard.Place, _ deadline: Deadline) {
        let old = place.entry
        put(content(of: old), deadline, in: place)
        place.entry.accessClock = old.accessClock
        old.free(to: heap)
    }

    /// What the entry holds, for another entry that shall hold it instead.
    @_lifetime(immortal)
    func content(of entry: Entry) -> EntryContent {
        switch entry.kind {
        case .string: .bytes(entry.value, entry.flags.intersection([.isEdited, .isText]))
        case .integer32, .integer64: .integer(entry.integer)
        case .largeString, .list, .hash, .set, .sortedSet, .stream, .module: .word(entry.kind, entry.word)
        }
    }

    /// A new entry takes the place of the old one, which is no longer anywhere but in memory.
    @inline(__always) private mutating func put(_ content: EntryContent, _ deadline: Deadline, in place: Shard.Place) {
        let old = place.entry
        let kept: Int64? = old.hasDeadline ? old.deadline : nil
        let new = make(old.key, content, deadline == .unchanged ? kept : deadline.moment)
        if _slowPath(clock.countsUses) {
            new.accessClock = old.accessClock
            if clock.countsDensity { noteUse(of: new) }
        }
        exchange(new, for: old, in: place)
    }

    /// `new` takes the place of `old` in table and wheel; `old` is the caller's to free.
    @inline(__always) mutating func exchange(_ new: Entry, for old: Entry, in place: Shard.Place) {
        if _slowPath(old.hasFieldDeadlines) { stopTimingFields(of: old) }
        if _slowPath(new.hasFieldDeadlines) { startTimingFields(of: new) }
        switch (old.hasDeadline, new.hasDeadline) {
        case (true, true):
            databases.current.wheel.replace(old, with: new)
            nextExpiry = min(nextExpiry, new.deadline)
        case (true, false): databases.current.wheel.remove(old)
        case (false, true): startTiming(new)
        case (false, false): break
        }
        databases.current.sizes.move(from: slot(of: old), to: slot(of: new))
        place.point(to: new)
    }

    /// The key ends at another moment.
    @inline(__always) mutating func moveDeadline(_ place: Shard.Place, to moment: Int64) {
        let entry = place.entry
        guard _fastPath(entry.hasDeadline) else { return reshape(place, .at(moment)) }
        guard _fastPath(entry.setDeadline(moment)) else { return reshape(place, .at(moment)) }
        databases.current.wheel.move(entry)
        nextExpiry = min(nextExpiry, moment)
    }

    /// The wheel learns of an entry that has a deadline. Every tick before this moment has been run.
    @inline(__always) mutating func startTiming(_ entry: Entry) {
        databases.current.wheel.insert(entry, at: now &- 1)
        nextExpiry = min(nextExpiry, entry.deadline)
    }

    // MARK: Entries that go

    @inline(never) mutating func erase(_ place: Shard.Place, _ hash: UInt64) {
        let entry = place.entry
        detach(place, hash)
        dispose(entry)
    }

    /// Takes an entry out of table and wheel, and leaves it otherwise alone.
    @inline(__always) mutating func detach(_ place: Shard.Place, _ hash: UInt64) {
        let entry = place.entry
        if _slowPath(entry.mayEnd) {
            if entry.hasDeadline { databases.current.wheel.remove(entry) }
            if entry.hasFieldDeadlines { stopTimingFields(of: entry) }
        }
        databases.current.sizes.remove(slot(of: entry))
        databases.current.shards.remove(place, hash)
    }

    /// A reader met a key whose time has come before the wheel did.
    @inline(never) mutating func expire(_ place: Shard.Place, _ hash: UInt64) {
        let entry = place.entry
        willChange(entry.key, hash)
        detach(place, hash)
        finishExpiry(entry, hash)
    }

    @inline(__always) mutating func finishExpiry(_ entry: Entry, _ hash: UInt64) {
        expiredCount &+= 1
        if _slowPath(clock.countsDensity) { density.forget(entry.accessClock) }
        feed.keyExpired(entry.key, hash)
        dispose(entry)
    }

    /// Frees an entry that is nowhere any more, with its value.
    @inline(__always) mutating func dispose(_ entry: Entry, isCounted: Bool = false) {
        switch entry.kind {
        case .string, .integer32, .integer64: break
        case .largeString, .list, .hash, .set, .sortedSet, .stream, .module:
            dispose(StoredValue(kind: entry.kind, word: entry.word), isCounted: isCounted)
        }
        entry.free(to: heap)
    }
}
