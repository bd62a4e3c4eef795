// What stands before a value in a snapshot: the database, how many keys it has, when a key ends, and how it was used. A
// record is `beginRecord`, the key, and then the value.

extension ObjectWriter {
    /// The keys from here on belong to the database of this number.
    mutating func append(database: Int) {
        append(opcode: .database)
        append(length: database)
    }

    /// How many keys the database has, and how many of them end: what a reader may prepare for.
    mutating func append(keyCount: Int, withDeadline: Int) {
        append(opcode: .size)
        append(length: keyCount)
        append(length: withDeadline)
    }

    /// What is said of a key before its value: its deadline, and the trace of its use, where the policy of eviction
    /// goes by that. The value is to follow, with its type.
    mutating func beginRecord(_ key: Bytes, deadline: Int64?, use: KeyUseTrace) {
        if let deadline {
            append(opcode: .deadlineMilliseconds)
            append(number: UInt64(bitPattern: deadline), size: 8)
        }
        switch use {
        case .none: break
        case .idle(let seconds):
            append(opcode: .idle)
            append(length: max(0, seconds))
        case .frequency(let count):
            append(opcode: .frequency)
            append(number: UInt64(count), size: 1)
        }
        append(key: key)
    }
}

/// How a key was used, as far as eviction goes by that.
enum KeyUseTrace {
    case none
    /// Seconds since its last use.
    case idle(Int)
    case frequency(UInt8)
}

extension EvictionPolicy {
    /// What a snapshot says of an entry's use under this policy.
    func trace(of entry: Entry, _ clock: AccessClock) -> KeyUseTrace {
        switch self {
        case .volatileLRU, .allKeysLRU: .idle(clock.idleSeconds(of: entry))
        case .volatileLFU, .allKeysLFU: .frequency(UInt8(clamping: clock.frequency(of: entry)))
        case .allKeysHitDensity, .allKeysS3FIFO, .volatileHitDensity, .volatileS3FIFO:
            .frequency(UInt8(clamping: HitDensity.uses(entry.accessClock)))
        case .volatileRandom, .allKeysRandom, .volatileTTL, .noEviction: .none
        }
    }
}

extension Settings {
    /// Writes what DUMP answers and MIGRATE sends.
    var dumpWriter: ObjectWriter { ObjectWriter(compressesStrings ? .now : .never, version: snapshotVersion) }

    /// The version of what has no fields that end.
    var plainSnapshotVersion: Int { min(snapshotVersion, ObjectWriter.usualVersion) }
}
