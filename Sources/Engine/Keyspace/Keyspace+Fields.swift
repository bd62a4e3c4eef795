// Fields of hashes that end. Each database has a second wheel, with every hash that has such fields by the earliest of
// them; what is due is taken out of the hash in small steps. A command that opens such a hash takes some out itself;
// what is left of very many, the hash does not show. Doors take a hash out of the wheel before it changes, and put it
// back afterwards.

/// A hash with fields that end, as the wheel knows it.
struct TimedHash: WheelItem {
    let entry: Entry

    private var deadlines: FieldDeadlines { FieldDeadlines(word: entry.word) }
    var deadline: Int64 { deadlines.earliest }
    var wheelIndex: UInt32 {
        get { deadlines.wheelIndex }
        nonmutating set { deadlines.wheelIndex = newValue }
    }
}

extension Keyspace {
    /// How many fields whoever opens a hash takes out of it.
    private static let mostSettledAtOnce = 128

    // MARK: The wheel

    /// The entry's hash has fields that end, and is in no wheel.
    @inline(never) mutating func startTimingFields(of entry: Entry) {
        entry.flags.insert(.hasFieldDeadlines)
        if databases.current.fieldWheel == nil { databases.current.fieldWheel = TimingWheel(now: now - 1, in: heap) }
        let hash = TimedHash(entry: entry)
        databases.current.fieldWheel?.insert(hash, at: now &- 1)
        nextExpiry = min(nextExpiry, hash.deadline)
    }

    /// The entry's hash is about to change, or to go.
    @inline(never) mutating func stopTimingFields(of entry: Entry) {
        databases.current.fieldWheel?.remove(TimedHash(entry: entry))
        entry.flags.remove(.hasFieldDeadlines)
    }

    // MARK: Whoever opens a hash

    @inline(never) static func hasLiveFields(_ entry: Entry, _ heap: Heap) -> Bool {
        HashValue(word: entry.word, heap: heap).count > 0
    }

    /// Takes out fields whose time has come, as far as that is little work; false if the key has gone.
    @inline(never) mutating func settleFields(of place: Shard.Place, _ hash: UInt64) -> Bool {
        guard FieldDeadlines(word: place.entry.word).earliest < horizon else { return true }
        stopTimingFields(of: place.entry)
        return removeDueFields(of: place, hash, limit: Keyspace.mostSettledAtOnce).stays
    }

    /// Before fields are changed that may still be in memory though their time has come: those of these words go.
    @inline(never) mutating func removeDueFields(of key: Key, _ fields: (_ body: (Bytes) -> Void) -> Void) {
        let hash = hash(of: key)
        willChange(key.bytes, hash)
        guard let place = find(key.bytes, hash), place.entry.hasFieldDeadlines else { return }
        var names = CommandLog(), count = 0
        let isNamed = feed.isLogged || feed.namesFields
        changeFields(of: place.entry) { value in
            fields { field in
                guard value.removeIfDue(field) else { return }
                count += 1
                if isNamed { names.append(word: field) }
            }
        }
        if count > 0 {
            expiredFieldCount &+= count
            feed.fieldsExpired(key.bytes, hash, names, count: count)
        }
    }

    // MARK: Time

    /// Takes due fields out of the hashes of the selected database, about `budget` of them at most; true if more are
    /// due.
    mutating func expireDueFields(_ budget: inout Int) -> Bool {
        guard databases.current.countWithFieldDeadlines > 0 else { return false }
        // Keys must not wait for all fields, nor fields for all keys.
        var rest = max(1, budget / 2)
        budget -= rest
        while rest > 0, let item = databases.current.fieldWheel?.popDue(at: now - 1, budget: &rest) {
            let entry = item.entry, hash = hash(entry.key)
            entry.flags.remove(.hasFieldDeadlines)
            guard let place = databases.current.shards[hash].find(hash, where: { $0 == entry }) else {
                preconditionFailure("a hash in the wheel is in the table")
            }
            let before = expiredFieldCount
            _ = removeDueFields(of: place, hash, limit: min(rest, 512))
            activelyExpiredFieldCount &+= expiredFieldCount &- before
            rest -= min(512, max(1, expiredFieldCount &- before))
            feed.endUnit()
        }
        budget += max(0, rest)
        if databases.current.countWithFieldDeadlines == 0 { return false }
        nextExpiry = min(nextExpiry, databases.current.fieldWheel?.nextEvent ?? .max)
        return databases.current.fieldWheel?.isBehind(now - 1) == true
    }

    /// Takes due fields out of a hash that is in no wheel, at most `limit`; one with none but such goes as a whole.
    private mutating func removeDueFields(of place: Shard.Place, _ hash: UInt64, limit: Int) -> (stays: Bool, Void) {
        let entry = place.entry
        willChange(entry.key, hash)
        let all = HashValue(word: entry.word, heap: heap).countInMemory
        var names = CommandLog(), removed = 0
        if !Keyspace.hasLiveFields(entry, heap) {
            if feed.namesFields {
                HashValue(word: entry.word, heap: heap).forEachTimed { element, _ in
                    element.field.withBytes { names.append(word: $0) }
                }
            }
            expiredFieldCount &+= all
            detach(place, hash)
            feed.allFieldsExpired(entry.key, hash, names)
            dispose(entry)
            return (false, ())
        }
        let isNamed = feed.isLogged || feed.namesFields
        changeFields(of: entry) { value in
            removed = value.removeDue(limit: limit) { if isNamed { names.append(word: $0) } }
        }
        expiredFieldCount &+= removed
        if removed == limit { hasDueFields = true }
        if removed > 0 { feed.fieldsExpired(entry.key, hash, names, count: removed) }
        return (true, ())
    }

    /// Lets `body` take fields out of a hash, some of which stay.
    private mutating func changeFields(of entry: Entry, _ body: (inout HashValue) -> Void) {
        if !readings.isEmpty { detachReadings(of: entry.word) }
        let before = entry.word, saving = savedValues.isWatching ? beginValueChanges(before) : nil
        if entry.hasFieldDeadlines { stopTimingFields(of: entry) }
        var value = HashValue(word: before, heap: heap)
        let size = value.countInMemory
        body(&value)
        entry.word = value.word
        noteSize(.hashes, size, became: value.countInMemory)
        if HashValue.isTimed(value.word) { startTimingFields(of: entry) }
        if let saving { endValueChanges(saving, from: before, to: value.word) }
    }
}
