// Keys and values: memory, expiry, eviction, encodings, events, and how the work on them is observed.

extension Setting {
    static let data: [Setting] = [
        .maxMemory,
        .choice(
            "maxmemory-policy", \.maxMemoryPolicy,
            "Which keys go at that limit: all or volatile ones, by last use, frequency, chance or deadline, or none.",
            effect: .evictionPolicy),
        .integer(
            "maxmemory-samples", 1...int32.upperBound, \.evictionSamples,
            "How many keys eviction looks at to choose one.", effect: .evictionPolicy),
        .integer(
            "maxmemory-eviction-tenacity", 0...100, \.evictionTenacity,
            "How hard eviction tries, from 0 to 100."),
        .fulfilled(
            "active-expire-effort", .integer(1...10), "1",
            "How hard expired keys are looked for. Here, whatever it says, keys go when their time has come."),
        .integer(
            "lfu-log-factor", 0...int32.upperBound, \.frequencyLogFactor,
            "How slowly the counter of uses grows.", effect: .evictionPolicy),
        .integer(
            "lfu-decay-time", 0...int32.upperBound, \.frequencyDecayMinutes,
            "After how many minutes the counter of uses shrinks.", effect: .evictionPolicy),
        .boolean(
            "lazyfree-lazy-eviction", \.unlinksEvicted, "Logs UNLINK for evicted keys, not DEL.",
            effect: .lazyRemovals),
        .boolean(
            "lazyfree-lazy-expire", \.unlinksExpired, "Logs UNLINK for expired keys, not DEL.",
            effect: .lazyRemovals),
        .boolean(
            "lazyfree-lazy-server-del", \.unlinksReplaced, "Logs UNLINK for keys that commands empty, not DEL.",
            effect: .lazyRemovals),
        .fulfilled(
            "lazyfree-lazy-user-del", .boolean, "no",
            "Lets DEL free in the background. Here, whatever it says, what is large always goes bit by bit."),
        .fulfilled(
            "lazyfree-lazy-user-flush", .boolean, "no",
            "Lets FLUSHALL and FLUSHDB free in the background. Here they always do, SYNC or not."),
        .kept("activerehashing", .boolean, "yes", "Moves tables in the background."),
        .boolean(
            "activedefrag", \.defragmentation.isOn,
            "Moves values out of pages with little in them, so that these go back to the system."),
        .memory(
            "active-defrag-ignore-bytes", 1...Int.max, \.defragmentation.ignoredBytes,
            "Fewer bytes between values are left alone."),
        .integer(
            "active-defrag-threshold-lower", 0...1000, \.defragmentation.lowerThreshold,
            "The percentage of bytes between values at which moving begins."),
        .integer(
            "active-defrag-threshold-upper", 0...1000, \.defragmentation.upperThreshold,
            "The percentage at which moving is hardest."),
        .integer(
            "active-defrag-cycle-min", 1...99, \.defragmentation.leastEffort,
            "The least effort, in percent of a processor."),
        .integer(
            "active-defrag-cycle-max", 1...99, \.defragmentation.greatestEffort,
            "The greatest effort, in percent of a processor."),
        .integer(
            "active-defrag-max-scan-fields", 1...Int.max, \.defragmentation.mostElementsAtOnce,
            "Containers with more elements are moved piece by piece."),
        .integer(
            "hash-max-listpack-entries", 0...Int.max, \.encodings.hashEntries,
            "Up to how many fields a hash stays small.", alias: "hash-max-ziplist-entries", effect: .encodings),
        .memory(
            "hash-max-listpack-value", 0...Int.max, \.encodings.hashValueSize,
            "Up to how many bytes of a field or value a hash stays small.", alias: "hash-max-ziplist-value",
            effect: .encodings),
        .integer(
            "list-max-listpack-size", int32, \.encodings.listNodeSize,
            "How large a node of a list may be: entries, or -1 to -5 for 4, 8, 16, 32 and 64 kb.",
            alias: "list-max-ziplist-size", effect: .encodings),
        .integer(
            "list-compress-depth", 0...int32.upperBound, \.encodings.listCompressDepth,
            "How many nodes at both ends of a list are not compressed; 0 for all.", effect: .encodings),
        .integer(
            "set-max-intset-entries", 0...Int.max, \.encodings.integerSetEntries,
            "Up to how many members a set of integers stays small.", effect: .encodings),
        .integer(
            "set-max-listpack-entries", 0...Int.max, \.encodings.setEntries,
            "Up to how many members a set stays small.", effect: .encodings),
        .integer(
            "set-max-listpack-value", 0...Int.max, \.encodings.setValueSize,
            "Up to how many bytes of a member a set stays small.", effect: .encodings),
        .integer(
            "zset-max-listpack-entries", 0...Int.max, \.encodings.sortedSetEntries,
            "Up to how many members a sorted set stays small.", alias: "zset-max-ziplist-entries", effect: .encodings),
        .memory(
            "zset-max-listpack-value", 0...Int.max, \.encodings.sortedSetValueSize,
            "Up to how many bytes of a member a sorted set stays small.", alias: "zset-max-ziplist-value",
            effect: .encodings),
        .memory(
            "hll-sparse-max-bytes", 0...Int.max, \.encodings.hyperLogLogSparseSize,
            "Up to how many bytes a HyperLogLog stays sparse.", effect: .encodings),
        .memory(
            "stream-node-max-bytes", 0...Int.max, \.encodings.streamNodeSize,
            "How large a node of a stream may be; 0 for no limit.", effect: .encodings),
        .integer(
            "stream-node-max-entries", 0...Int.max, \.encodings.streamNodeEntries,
            "How many entries a node of a stream may have; 0 for no limit.", effect: .encodings),
        .keyspaceEvents,
        .integer(
            "tracking-table-max-keys", 0...Int.max, \.mostTrackedKeys,
            "How many keys client tracking remembers; 0 for no limit."),
        .integer(
            "slowlog-log-slower-than", -1...Int.max, \.slowLogThresholdMicroseconds,
            "Commands that take more microseconds go to the slow log; negative for none, 0 for all.",
            alias: "commandlog-execution-slower-than", effect: .observation),
        .integer(
            "slowlog-max-len", 0...Int.max, \.slowLogLength, "How many commands the slow log keeps.",
            alias: "commandlog-slow-execution-max-len", effect: .observation),
        .integer(
            "commandlog-request-larger-than", -1...Int.max, \.largeRequestThreshold,
            "Requests of so many bytes go to COMMANDLOG; negative for none, 0 for all.", effect: .observation),
        .integer(
            "commandlog-large-request-max-len", 0...Int.max, \.largeRequestLogLength,
            "How many large requests COMMANDLOG keeps.", effect: .observation),
        .integer(
            "commandlog-reply-larger-than", -1...Int.max, \.largeReplyThreshold,
            "Commands with replies of so many bytes go to COMMANDLOG; negative for none, 0 for all.",
            effect: .observation),
        .integer(
            "commandlog-large-reply-max-len", 0...Int.max, \.largeReplyLogLength,
            "How many large replies COMMANDLOG keeps.", effect: .observation),
        .integer(
            "latency-monitor-threshold", 0...Int.max, \.latencyMonitorThresholdMilliseconds,
            "Events that take so many milliseconds go to LATENCY; 0 for none.", effect: .observation),
        .boolean(
            "latency-tracking", \.tracksLatency, "Keeps a histogram of times for each command.",
            effect: .observation),
        .latencyPercentiles,
        .integer(
            "usage-sampling", 0...1_000_000, \.usage.sampling,
            "One command in so many is looked at for INFO topkeys and prefixes, by chance; 1 for all, 0 for none.",
            effect: .usage),
        .integer(
            "usage-tracked-keys", 16...4096, \.usage.keys,
            "How many keys are told from each other there, rounded up to a power of two.", effect: .usage),
        .integer(
            "usage-tracked-prefixes", 16...4096, \.usage.prefixes,
            "How many prefixes of keys are told from each other, of one part and of two.", effect: .usage),
        .integer(
            "usage-walk-interval", 0...86_400, \.usage.walkSeconds,
            "How many seconds lie between two walks that count the keys of each prefix; 0 for no walk.",
            effect: .usage),
    ]
}
