// INFO persistence: what is being saved, and what became of it.

internal import Platform

extension InfoSection {
    static let persistence = InfoSection(
        title: "Persistence",
        fields: [
            .integer("loading") { context, _ in context.loading.isInForce ? 1 : 0 },
            .resting("async_loading"),
            .integer("current_cow_peak") { context, _ in context.keyspace.snapshotProgress?.bytesHandedOver ?? 0 },
            .integer("current_cow_size") { context, _ in context.keyspace.snapshotProgress?.bytesHandedOver ?? 0 },
            .resting("current_cow_size_age"),
            .decimal("current_fork_perc") { context, _ in
                guard let progress = context.keyspace.snapshotProgress, context.saving.run != nil else { return 0 }
                return Double(progress.saved) * 100 / Double(max(1, progress.all))
            },
            .integer("current_save_keys_processed") { context, _ in
                context.saving.run == nil ? 0 : context.keyspace.snapshotProgress?.saved ?? context.saving.lastKeyCount
            },
            .integer("current_save_keys_total") { context, _ in
                context.saving.run == nil ? 0 : context.keyspace.snapshotProgress?.all ?? context.saving.lastKeyCount
            },
            .integer("rdb_changes_since_last_save") { context, _ in context.unsavedChangeCount },
            .integer("rdb_bgsave_in_progress") { context, _ in context.saving.isDumpingInBackground ? 1 : 0 },
            .integer("rdb_last_save_time") { context, _ in Int(context.saving.lastSave) },
            .text("rdb_last_bgsave_status") { context, _ in context.saving.hasFailed ? "err" : "ok" },
            .integer("rdb_last_bgsave_time_sec") { context, _ in context.saving.lastDurationSeconds },
            .integer("rdb_current_bgsave_time_sec") { context, _ in
                guard let run = context.saving.run, context.saving.isDumpingInBackground else { return -1 }
                return Int(context.now / 1000 - run.startedAt / 1000)
            },
            .integer("rdb_saves") { context, _ in context.saving.saveCount },
            .integer("rdb_last_cow_size") { context, _ in context.saving.lastBytesHandedOver },
            .integer("rdb_last_load_keys_expired") { context, _ in context.loading.keysExpired },
            .integer("rdb_last_load_keys_loaded") { context, _ in context.loading.keysLoaded },
            .integer("aof_enabled") { context, _ in context.appendOnly.state == .off ? 0 : 1 },
            .integer("aof_rewrite_in_progress") { context, _ in context.appendOnly.rewrite.startedAt == nil ? 0 : 1 },
            .integer("aof_rewrite_scheduled") { context, _ in context.appendOnly.rewrite.isScheduled ? 1 : 0 },
            .integer("aof_last_rewrite_time_sec") { context, _ in Int(context.appendOnly.rewrite.lastSeconds) },
            .integer("aof_current_rewrite_time_sec") { context, _ in
                context.appendOnly.rewrite.startedAt.map { Int((context.now - $0) / 1000) } ?? -1
            },
            .text("aof_last_bgrewrite_status") { context, _ in context.appendOnly.rewrite.hasFailed ? "err" : "ok" },
            .integer("aof_rewrites") { context, _ in context.appendOnly.rewrite.count },
            .integer("aof_rewrites_consecutive_failures") { context, _ in context.appendOnly.rewrite.failuresInARow },
            .text("aof_last_write_status") { context, _ in context.appendOnly.isFailing ? "err" : "ok" },
            .resting("aof_last_cow_size"),
            .resting("module_fork_in_progress"),
            .resting("module_fork_last_cow_size"),
        ],
        lines: { InfoSection.logLines($0) + $0.loadingLines })
}

extension CommandContext {
    /// How far loading has come; nothing when all is loaded.
    fileprivate var loadingLines: [String] {
        guard loading.isInForce else { return [] }
        let total = loading.totalBytes, loaded = min(loading.loadedBytes, total)
        let percentage = total > 0 ? Double(loaded) / Double(total) * 100 : 0
        // A second, as long as there is nothing to go by.
        let elapsed = now / 1000 - loading.startedAt / 1000
        let (work, overflows) = elapsed.multipliedReportingOverflow(by: Int64(total - loaded))
        let rest = elapsed <= 0 || overflows ? 1 : work / Int64(loaded + 1)
        return [
            "loading_start_time:\(loading.startedAt / 1000)", "loading_total_bytes:\(total)",
            "loading_rdb_used_mem:\(loading.usedMemory)", "loading_loaded_bytes:\(loaded)",
            "loading_loaded_perc:\(percentage.text(digits: 2))", "loading_eta_seconds:\(rest)",
        ]
    }
}

extension InfoSection {
    /// What INFO says of the append-only file, if there is one.
    private static func logLines(_ context: borrowing CommandContext) -> [String] {
        if context.appendOnly.state == .off { return [] }
        let waiting = context.keyspace.feed.logSize
        return [
            "aof_current_size:\(context.appendOnly.totalSize)", "aof_base_size:\(context.appendOnly.baseSize)",
            "aof_pending_rewrite:\(context.appendOnly.rewrite.isScheduled ? 1 : 0)",
            "aof_buffer_length:\(waiting)",
            "aof_pending_bio_fsync:\(context.appendOnly.syncing.isIdle ? 0 : 1)",
            "aof_delayed_fsync:\(context.appendOnly.delayedSyncs)",
        ]
    }
}
