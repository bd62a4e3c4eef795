// Saving the data: snapshots and the append-only file.

extension Setting {
    static let persistence: [Setting] = [
        .save,
        .boolean(
            "stop-writes-on-bgsave-error", \.stopsWritesOnSaveError, "Refuses writes while saving fails.",
            effect: .saving),
        .boolean("rdbcompression", \.compressesStrings, "Compresses strings in snapshots and in what DUMP answers."),
        .integer(
            "rdb-save-version", ObjectWriter.oldestVersion...ObjectWriter.versionWithFieldDeadlines,
            \.snapshotVersion,
            "The newest version of the format that snapshots and DUMP may be written in: 9 for Redis 5.0, 10 for 7.0, "
                + "11 for 7.2, 12 for 7.4, which is written only while fields of hashes have a time to live."
        ),
        .boolean("rdbchecksum", \.checksumsSnapshots, "Ends snapshots with a checksum.", .immutable),
        .choice(
            "sanitize-dump-payload", \.payloadCheck,
            "Checks what RESTORE and snapshots bring, which is always done: no, yes or clients."),
        .text("dbfilename", \.dumpFile, "The name of the snapshot.", .protected, check: fileName("dbfilename")),
        .fulfilled("rdb-del-sync-files", .boolean, "no", "Removes snapshots that only replicas needed: always done."),
        .boolean("rdb-save-incremental-fsync", \.writesBackInSteps, "Writes snapshots through to disk bit by bit."),
        .integer(
            "rdb-key-save-delay", int32, \.keySaveDelay,
            "Microseconds that each key takes while it is saved, for tests.", .hidden),
        .integer(
            "key-load-delay", int32, \.keyLoadDelay,
            "Microseconds to sleep after each key that is loaded, for tests.", .hidden),
        .integer(
            "loading-process-events-interval-bytes", 1024...int32.upperBound, \.loadingSliceSize,
            "After how many bytes of loading clients are served.", .hidden),
        .boolean(
            "appendonly", \.appendOnly, "Logs every change to a file.", .notWhileLoading, effect: .appendOnly),
        .text(
            "appendfilename", \.appendFileName, "The name of the append-only file.", .immutable,
            check: nonemptyFileName("appendfilename", "filename")),
        .text(
            "appenddirname", \.appendDirectory, "The directory of the append-only file.", .immutable,
            check: nonemptyFileName("appenddirname", "dirname")),
        .choice(
            "appendfsync", \.appendSync, "When the file is written through to disk: always, everysec or no.",
            effect: .appendSync),
        .boolean(
            "no-appendfsync-on-rewrite", \.skipsSyncWhileSaving,
            "Does not write through while a snapshot is being saved."),
        .integer(
            "auto-aof-rewrite-percentage", 0...int32.upperBound, \.rewritePercentage,
            "Rewrites the file when it has grown by so many percent; 0 for never."),
        .memory(
            "auto-aof-rewrite-min-size", 0...Int.max, \.rewriteMinimumSize, "Smaller files are not rewritten."),
        .boolean("aof-load-truncated", \.loadsTruncatedLog, "Loads a file whose end is missing."),
        .boolean("aof-use-rdb-preamble", \.rewritesAsSnapshot, "Begins rewritten files with a snapshot."),
        .boolean("aof-timestamp-enabled", \.datesLog, "Writes the time into the file."),
        .kept("aof-rewrite-incremental-fsync", .boolean, "yes", "Writes rewritten files through to disk bit by bit."),
        .boolean(
            "aof-disable-auto-gc", \.keepsLogHistory, "Keeps files that are no longer needed, for tests.", .hidden,
            effect: .logHistory),
    ]
}
