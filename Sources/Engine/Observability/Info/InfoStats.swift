// INFO stats: counters since the start, and rates of now.

extension InfoSection {
    static let stats = InfoSection(title: "Stats", fields: traffic + keys + later + replies + turns)

    private static let traffic: [InfoField] = [
        .integer("total_connections_received") { context, _ in context.clients.statistics.accepted },
        .integer("total_commands_processed") { context, _ in context.commands.totalCalls },
        .integer("instantaneous_ops_per_sec") { context, _ in context.observation.server.commandRate.perSecond },
        .integer("total_net_input_bytes") { context, _ in context.clients.statistics.bytesReceived },
        .integer("total_net_output_bytes") { context, _ in context.clients.statistics.bytesSent },
        .resting("total_net_repl_input_bytes"),
        .resting("total_net_repl_output_bytes"),
        .decimal("instantaneous_input_kbps") { context, _ in
            Double(context.observation.server.inputRate.perSecond) / 1024
        },
        .decimal("instantaneous_output_kbps") { context, _ in
            Double(context.observation.server.outputRate.perSecond) / 1024
        },
        .resting("instantaneous_input_repl_kbps", "0.00"),
        .resting("instantaneous_output_repl_kbps", "0.00"),
        .integer("rejected_connections") { context, _ in context.clients.statistics.rejected },
        .integer("sync_full") { context, _ in context.replicas.fullCount },
        .integer("sync_partial_ok") { context, _ in context.replicas.partialCount },
        .integer("sync_partial_err") { context, _ in context.replicas.refusedPartialCount },
    ]

    private static let keys: [InfoField] = [
        .integer("expired_keys") { context, _ in context.keyspace.expiredCount },
        .resting("expired_stale_perc", "0.00"),
        .integer("expired_time_cap_reached_count") { context, _ in context.observation.server.unfinishedExpiries },
        .integer("expire_cycle_cpu_milliseconds") { context, _ in
            Int(truncatingIfNeeded: context.observation.server.expiryNanoseconds / 1_000_000)
        },
        .integer("expired_subkeys") { context, _ in context.keyspace.expiredFieldCount },
        .integer("expired_subkeys_active") { context, _ in context.keyspace.activelyExpiredFieldCount },
        .integer("evicted_keys") { context, _ in context.keyspace.evictedCount },
        .integer("evicted_clients") { context, _ in context.clients.statistics.evictions },
        .integer("total_eviction_exceeded_time") { context, _ in context.exceededMilliseconds.inAll },
        .integer("current_eviction_exceeded_time") { context, _ in context.exceededMilliseconds.now },
        .integer("keyspace_hits") { context, _ in context.keyspace.hits },
        .integer("keyspace_misses") { context, _ in context.keyspace.misses },
        .integer("pubsub_channels") { context, _ in context.channels[.channel].count },
        .integer("pubsub_patterns") { context, _ in context.channels[.pattern].count },
        .integer("pubsubshard_channels") { context, _ in context.channels[.shardChannel].count },
    ]

    private static let later: [InfoField] = [
        .resting("latest_fork_usec"),
        // Nothing forks here: what is counted are the occasions on which Redis does.
        .integer("total_forks") { context, _ in context.saving.backgroundCount },
        .integer("migrate_cached_sockets") { context, _ in context.links.count },
        .resting("slave_expires_tracked_keys"),
        .integer("active_defrag_hits") { context, _ in context.keyspace.heap.evacuationCounts.moved },
        .integer("active_defrag_misses") { context, _ in context.keyspace.heap.evacuationCounts.stayed },
        .integer("active_defrag_key_hits") { context, _ in context.keyspace.defragmentation.keysMoved },
        .integer("active_defrag_key_misses") { context, _ in context.keyspace.defragmentation.keysStayed },
        .integer("total_active_defrag_time") { context, _ in
            Int(context.defragmentation.milliseconds(at: context.now).total)
        },
        .integer("current_active_defrag_time") { context, _ in
            Int(context.defragmentation.milliseconds(at: context.now).current)
        },
        .integer("tracking_total_keys") { context, _ in context.keyspace.feed.trackedKeys.keyCount },
        .integer("tracking_total_items") { context, _ in context.keyspace.feed.trackedKeys.readerCount },
        .integer("tracking_total_prefixes") { context, _ in context.tracking.prefixes.count },
    ]

    private static let replies: [InfoField] = [
        .resting("unexpected_error_replies"),
        .integer("total_error_replies") { context, _ in context.observation.errors.total },
        .resting("dump_payload_sanitizations"),
        .integer("total_reads_processed") { context, _ in context.clients.statistics.reads },
        .integer("total_writes_processed") { context, _ in context.clients.statistics.writes },
        .resting("io_threaded_reads_processed"),
        .resting("io_threaded_writes_processed"),
        .integer("client_query_buffer_limit_disconnections") { context, _ in
            context.clients.statistics.queryLimitDisconnections
        },
        .integer("client_output_buffer_limit_disconnections") { context, _ in
            context.clients.statistics.outputLimitDisconnections
        },
        .resting("reply_buffer_shrinks"),
        .resting("reply_buffer_expands"),
    ]

    private static let turns: [InfoField] = [
        .integer("eventloop_cycles") { context, _ in context.observation.server.turns },
        .integer("eventloop_duration_sum") { context, _ in context.observation.turnMicroseconds },
        .integer("eventloop_duration_cmd_sum") { context, _ in context.commands.totalMicroseconds },
        .integer("instantaneous_eventloop_cycles_per_sec") { context, _ in context.observation.server.turnRate.perSecond
        },
        .integer("instantaneous_eventloop_duration_usec") { context, _ in context.observation.recentTurnMicroseconds },
        .integer("acl_access_denied_auth") { context, _ in context.observation.server.failedAuthentications },
        .resting("acl_access_denied_cmd"),
        .resting("acl_access_denied_key"),
        .resting("acl_access_denied_channel"),
    ]

    static let debug = InfoSection(
        title: "Debug", isDefault: false, isHidden: true,
        fields: [
            .resting("eventloop_duration_aof_sum"),
            .integer("eventloop_duration_cron_sum") { context, _ in
                Int(truncatingIfNeeded: context.observation.server.periodicNanoseconds / 1000)
            },
            .integer("eventloop_duration_max") { context, _ in
                Int(truncatingIfNeeded: context.observation.server.longestTurnNanoseconds / 1000)
            },
            .integer("eventloop_cpu_max") { context, _ in
                Int(truncatingIfNeeded: context.observation.server.longestWatchedTurnNanoseconds / 1000)
            },
            .integer("eventloop_cpu_max_while_saving") { context, _ in
                Int(truncatingIfNeeded: context.observation.server.longestSavingTurnNanoseconds / 1000)
            },
            .integer("eventloop_cpu_max_while_defragmenting") { context, _ in
                Int(truncatingIfNeeded: context.observation.server.longestDefragmentingTurnNanoseconds / 1000)
            },
            .integer("eventloop_cmd_per_cycle_max") { context, _ in context.observation.server.mostCommandsOfTurn },
        ])

    static let errorStatistics = InfoSection(
        title: "Errorstats",
        lines: { context in context.observation.errors.sorted.map { "errorstat_\($0.code):count=\($0.count)" } })
}
