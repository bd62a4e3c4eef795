// INFO persistence: nothing is saved yet, and that is what it says.

extension InfoSection {
    static let persistence = InfoSection(
        title: "Persistence",
        fields: [
            .integer("loading") { context, _ in context.loading.isInForce ? 1 : 0 },
            .resting("async_loading"),
            .resting("current_cow_peak"),
            .resting("current_cow_size"),
            .resting("current_cow_size_age"),
            .resting("current_fork_perc", "0.00"),
            .resting("current_save_keys_processed"),
            .resting("current_save_keys_total"),
            .integer("rdb_changes_since_last_save") { context, _ in context.keyspace.feed.changeCount },
            .resting("rdb_bgsave_in_progress"),
            .integer("rdb_last_save_time") { context, _ in Int(context.observation.startedAt / 1000) },
            .resting("rdb_last_bgsave_status", "ok"),
            .resting("rdb_last_bgsave_time_sec", "-1"),
            .resting("rdb_current_bgsave_time_sec", "-1"),
            .resting("rdb_saves"),
            .resting("rdb_last_cow_size"),
            .integer("rdb_last_load_keys_expired") { context, _ in context.loading.keysExpired },
            .integer("rdb_last_load_keys_loaded") { context, _ in context.loading.keysLoaded },
            .resting("aof_enabled"),
            .resting("aof_rewrite_in_progress"),
            .resting("aof_rewrite_scheduled"),
            .resting("aof_last_rewrite_time_sec", "-1"),
            .resting("aof_current_rewrite_time_sec", "-1"),
            .resting("aof_last_bgrewrite_status", "ok"),
            .resting("aof_rewrites"),
            .resting("aof_rewrites_consecutive_failures"),
            .resting("aof_last_write_status", "ok"),
            .resting("aof_last_cow_size"),
            .resting("module_fork_in_progress"),
            .resting("module_fork_last_cow_size"),
        ],
        lines: { $0.loadingLines })
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
