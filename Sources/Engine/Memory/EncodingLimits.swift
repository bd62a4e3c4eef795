// Up to where containers keep their small, packed forms: the settings that Redis has for it, and its defaults.

/// Limits in entries and in bytes of one element.
struct EncodingLimits: BitwiseCopyable {
    /// `hash-max-listpack-entries`, `hash-max-listpack-value`
    var hashEntries = 512, hashValueSize = 64
    /// `set-max-intset-entries`, `set-max-listpack-entries`, `set-max-listpack-value`
    var integerSetEntries = 512, setEntries = 128, setValueSize = 64
    /// `zset-max-listpack-entries`, `zset-max-listpack-value`
    var sortedSetEntries = 128, sortedSetValueSize = 64
    /// `list-max-listpack-size`: entries of one node if positive; -1 … -5 stand for 4, 8, 16, 32 and 64 KiB.
    var listNodeSize = -2
    /// `list-compress-depth`: read back, but nodes are never compressed.
    var listCompressDepth = 0
    /// `hll-sparse-max-bytes`
    var hyperLogLogSparseSize = 3000
    /// `stream-node-max-bytes`, `stream-node-max-entries`
    var streamNodeSize = 4096, streamNodeEntries = 100
}
