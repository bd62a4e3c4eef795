// What OBJECT and MEMORY tell of a key.

/// One key as it lies in memory.
struct KeyDescription {
    let kind: ValueKind
    let encoding: StaticString
    let idleSeconds: Int
    let frequency: Int
    /// What OBJECT REFCOUNT answers: small integers count as shared by everyone, as Redis has them.
    let references: Int
    /// Bytes of heap: entry, value, and the key's share of table and wheel.
    let memoryUsage: Int
}

extension Keyspace {
    /// Describes the key without using it; counts as a hit or miss like any reading.
    mutating func describe(_ key: Key) -> KeyDescription? {
        guard let entry = look(at: key, notifying: false) else { return nil }
        let stored = StoredValue(
            kind: entry.kind, word: ValueKind(entry.kind) == .string && entry.kind != .largeString ? 0 : entry.word)
        return KeyDescription(
            kind: ValueKind(entry.kind), encoding: encoding(of: entry, stored),
            idleSeconds: clock.countsUses ? 0 : clock.idleSeconds(of: entry),
            frequency: uses(of: entry),
            references: references(of: entry),
            memoryUsage: memoryBesidesValue(of: entry) + stored.memoryUsage(in: heap))
    }

    /// The entry itself, and its share of table and wheel.
    private func memoryBesidesValue(of entry: Entry) -> Int {
        entry.memoryUsage + 11 + (entry.hasDeadline ? 8 : 0)
    }

    /// About what the key occupies, without a walk through its value.
    func estimatedMemory(of entry: Entry) -> Int {
        let besidesValue = memoryBesidesValue(of: entry)
        guard entry.hasLargeKind else { return besidesValue }
        return besidesValue + StoredValue(kind: entry.kind, word: entry.word).estimatedMemory(in: heap)
    }

    /// What OBJECT FREQ answers.
    func uses(of entry: Entry) -> Int {
        if clock.countsDensity { return HitDensity.uses(entry.accessClock) }
        return clock.countsFrequency ? clock.frequency(of: entry) : 0
    }

    private func references(of entry: Entry) -> Int {
        if eviction.keepsMarks { return 1 }
        let integer: Int64? =
            entry.isInteger
            ? entry.integer
            : entry.kind == .string && entry.flags.isDisjoint(with: [.isText, .isEdited]) ? entry.value.integer : nil
        return integer.map { $0 >= 0 && $0 < 10_000 } == true ? Int(Int32.max) : 1
    }

    private func encoding(of entry: Entry, _ stored: StoredValue) -> StaticString {
        guard entry.kind == .string else { return stored.encoding(in: heap) }
        if entry.flags.contains(.isEdited) { return "raw" }
        if !entry.flags.contains(.isText), entry.value.integer != nil { return "int" }
        return entry.valueCount <= 44 ? "embstr" : "raw"
    }
}
