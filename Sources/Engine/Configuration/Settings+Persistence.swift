// Saving the data: snapshots and the append-only file.

extension Setting {
    static let persistence: [Setting] = [
        .save,
        .kept("stop-writes-on-bgsave-error", .boolean, "yes", "Refuses writes while saving fails."),
        .boolean("rdbcompression", \.compressesStrings, "Compresses strings in snapshots and in what DUMP answers."),
        .integer(
            "rdb-save-version", ObjectWriter.oldestVersion...ObjectWriter.usualVersion, \.snapshotVersion,
            "The version of the format that snapshots and DUMP are written in: 11 for Redis 7.2, 10 for 7.0, 9 for 5.0."
        ),
        .boolean("rdbchecksum", \.checksumsSnapshots, "Ends snapshots with a checksum.", .immutable),
        .choice(
            "sanitize-dump-payload", \.payloadCheck,
            "Checks what RESTORE and snapshots bring, which is always done: no, yes or clients."),
        .text("dbfilename", \.dumpFile, "The name of the snapshot.", .protected, check: fileName("dbfilename")),
        .kept("rdb-del-sync-files", .boolean, "no", "Removes snapshots that only replicas needed."),
        .kept("rdb-save-incremental-fsync", .boolean, "yes", "Writes snapshots through to disk bit by bit."),
        .kept(
            "rdb-key-save-delay", .integer(int32), "0",
            "Microseconds to sleep after each key that is saved, for tests.", .hidden),
        .integer(
            "key-load-delay", int32, \.keyLoadDelay,
            "Microseconds to sleep after each key that is loaded, for tests.", .hidden),
        .integer(
            "loading-process-events-interval-bytes", 1024...int32.upperBound, \.loadingSliceSize,
            "After how many bytes of loading clients are served.", .hidden),
        .refused(
            "appendonly", .boolean, "no",
            because: "appendonly is not built into this version: it must stay \"no\"",
            "Logs every change to a file.", .notWhileLoading),
        .kept(
            "appendfilename", .text(nonemptyFileName("appendfilename", "filename")), "appendonly.aof",
            "The name of the append-only file.", .immutable),
        .kept(
            "appenddirname", .text(nonemptyFileName("appenddirname", "dirname")), "appendonlydir",
            "The directory of the append-only file.", .immutable),
        .kept(
            "appendfsync", .choice(["everysec", "always", "no"]), "everysec",
            "When the file is written through to disk: always, everysec or no."),
        .kept("no-appendfsync-on-rewrite", .boolean, "no", "Does not write through while a snapshot is being saved."),
        .kept(
            "auto-aof-rewrite-percentage", .integer(0...int32.upperBound), "100",
            "Rewrites the file when it has grown by so many percent; 0 for never."),
        .kept("auto-aof-rewrite-min-size", .memory(0...Int.max), "67108864", "Smaller files are not rewritten."),
        .kept("aof-load-truncated", .boolean, "yes", "Loads a file whose end is missing."),
        .kept("aof-use-rdb-preamble", .boolean, "yes", "Begins rewritten files with a snapshot."),
        .kept("aof-timestamp-enabled", .boolean, "no", "Writes the time into the file."),
        .kept("aof-rewrite-incremental-fsync", .boolean, "yes", "Writes rewritten files through to disk bit by bit."),
        .kept("aof-disable-auto-gc", .boolean, "no", "Keeps files that are no longer needed, for tests.", .hidden),
    ]
}
