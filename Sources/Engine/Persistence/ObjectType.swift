// The numbers that stand in snapshots: types of values, and what stands between the values. The checklist for a new
// type of value is the `switch` over them: `damage` here, `read` in `ObjectReader`, and `append` in `ObjectWriter`.

/// What stands in a snapshot between the values.
enum SnapshotOpcode: UInt8 {
    /// Redis 8.8 and Valkey 9 mean different things by it.
    case foreign = 243
    case slotInfo = 244, function, earlyFunction, moduleAuxiliary
    case idle, frequency, auxiliary, size, deadlineMilliseconds, deadlineSeconds, database, end
}

/// The types of values in a snapshot, by the numbers that stand there.
enum ObjectType: UInt8 {
    case string = 0, list, set, textSortedSet, hash, sortedSet
    case earlyModule = 6, module
    case hashZipmap = 9, listZiplist, setIntegers, sortedSetZiplist, hashZiplist
    case quicklistOfZiplists = 14, stream, hashListpack, sortedSetListpack, quicklist
    case streamWithMetadata = 19, setListpack, streamWithActivity
    /// Hashes whose fields end. Valkey means by 22 one of its own.
    case earlyEndingHash = 22, earlyEndingHashListpack, endingHash, endingHashListpack
    /// Streams that know their producers (Redis 8.6), and entries that were handed back (Redis 8.8).
    case streamWithProducers = 26, streamWithReturns

    /// A later version of a stream has all that the earlier ones have.
    var isStreamWithActivity: Bool { self == .streamWithActivity || isStreamWithProducers }
    var isStreamWithProducers: Bool { self == .streamWithProducers || self == .streamWithReturns }
}

extension ObjectType {
    /// Whether such a value stands element by element, or node by node, so that it can be read in steps.
    var comesInElements: Bool {
        switch self {
        case .list, .quicklist, .quicklistOfZiplists, .set, .textSortedSet, .sortedSet, .hash: true
        default: isStream
        }
    }

    /// What the log says of such a value that is not what it must be.
    var damage: StaticString {
        switch self {
        case .string: "String is damaged"
        case .list: "List is damaged"
        case .set: "Set is damaged, or has a member twice"
        case .textSortedSet, .sortedSet: "Sorted set is damaged, has a member twice or a score that is no number"
        case .hash, .earlyEndingHash, .endingHash: "Hash is damaged, or has a field twice"
        case .earlyModule, .module: "Module value is damaged"
        case .hashZipmap: "Zipmap integrity check failed"
        case .listZiplist: "List ziplist integrity check failed"
        case .setIntegers: "Intset integrity check failed"
        case .sortedSetZiplist: "Zset ziplist integrity check failed"
        case .hashZiplist: "Hash ziplist integrity check failed"
        case .quicklistOfZiplists: "Ziplist integrity check failed"
        case .quicklist: "Listpack integrity check failed"
        case .hashListpack, .earlyEndingHashListpack, .endingHashListpack: "Hash listpack integrity check failed"
        case .sortedSetListpack: "Zset listpack integrity check failed"
        case .setListpack: "Set listpack integrity check failed"
        case .stream, .streamWithMetadata, .streamWithActivity, .streamWithProducers, .streamWithReturns:
            "Stream is damaged"
        }
    }
}
