// The keys of a command that names many, in groups: all of a group are hashed and their memory is asked for before
// the first one is looked up, because most of the time per key is waiting for memory.

/// Up to 16 keys of one call, and their hashes.
struct KeyGroup {
    static let largest = 16

    private var hashes = InlineArray<16, UInt64>(repeating: 0)
    private let first: Int
    private let step: Int
    /// Index of the word behind the last key of the group and what belongs to it.
    let end: Int

    init(_ arguments: Arguments, from first: Int, step: Int, _ keyspace: inout Keyspace) {
        self.first = first
        self.step = step
        end = min(arguments.count, first &+ step &* KeyGroup.largest)
        var buckets = InlineArray<16, Shard.Bucket?>(repeating: nil)
        var count = 0
        for index in stride(from: first, to: end, by: step) {
            let hash = keyspace.hash(of: arguments.key(index))
            hashes[count] = hash
            buckets[count] = keyspace.prefetchBucket(hash)
            count &+= 1
        }
        for index in 0..<count { buckets[index]?.prefetchEntry() }
    }

    /// The key at `index`, which must be one of the group.
    @_lifetime(copy arguments)
    @inline(__always) func key(_ arguments: Arguments, _ index: Int) -> Key {
        Key(arguments[index], hash: hashes[(index &- first) / step])
    }
}

extension CommandContext {
    /// Every `step`-th word from `first` on is a key; the first 16 of them.
    @inline(__always) mutating func prefetchKeys(of arguments: Arguments, from first: Int, step: Int) -> KeyGroup {
        KeyGroup(arguments, from: first, step: step, &keyspace)
    }
}
