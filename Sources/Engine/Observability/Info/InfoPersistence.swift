// INFO persistence: nothing is saved yet, and that is what it says.

extension InfoSection {
    static let persistence = InfoSection(
        title: "Persistence",
        fields: [
            .resting("loading"),
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
            .resting("rdb_last_load_keys_expired"),
            .resting("rdb_last_load_keys_loaded"),
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
        ])
}
