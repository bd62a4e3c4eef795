// INFO server, clients, cpu: the program, its machine, and who is connected.

internal import Platform

extension InfoSection {
    static let server = InfoSection(
        title: "Server",
        fields: [
            .text("redis_version") { context, _ in context.settings.reportedVersion.text },
            .text("server_name") { _, _ in "apus" },
            .text("apus_version") { _, _ in Build.version },
            .resting("redis_git_sha1", "00000000"),
            .resting("redis_git_dirty"),
            .resting("redis_build_id", "0000000000000000"),
            .text("redis_mode") { _, _ in "standalone" },
            .text("os") { _, _ in ProcessUsage.operatingSystem },
            .text("arch_bits") { _, _ in "64" },
            .text("monotonic_clock") { _, _ in "cycle counter @ \(Ticks.perMicrosecond) ticks/us" },
            .text("multiplexing_api") { _, _ in "epoll" },
            .resting("atomicvar_api", "none"),
            .resting("gcc_version", "0.0.0"),
            .integer("process_id") { _, _ in ProcessUsage.identifier },
            .text("process_supervised") { context, _ in context.settings.supervised.rawValue },
            .text("run_id") { context, _ in context.observation.runIdentifier },
            .integer("tcp_port") { context, _ in context.listeners.settings.port },
            .integer("server_time_usec") { context, _ in Int(context.microsecondsNow) },
            .integer("uptime_in_seconds") { context, _ in Int(context.uptimeSeconds) },
            .integer("uptime_in_days") { context, _ in Int(context.uptimeSeconds / 86400) },
            .integer("hz") { context, _ in context.settings.ticksPerSecond },
            .integer("configured_hz") { context, _ in context.settings.ticksPerSecond },
            .integer("lru_clock") { context, _ in Int(context.now / 1000 & 0xFF_FFFF) },
            .text("executable") { _, _ in ProcessUsage.executable },
            .text("config_file") { context, _ in context.configurationPath },
            .resting("io_threads_active"),
            .text("listener0") { context, _ in context.listenerDescription },
        ])

    static let clients = InfoSection(
        title: "Clients",
        fields: [
            .integer("connected_clients") { context, _ in context.clients.count },
            .resting("cluster_connections"),
            .integer("maxclients") { context, _ in context.clients.limits.mostClients },
            .integer("client_recent_max_input_buffer") { _, facts in facts.clients.largestInput },
            .integer("client_recent_max_output_buffer") { _, facts in facts.clients.largestOutput },
            .integer("blocked_clients") { context, _ in context.blocked.count + context.pause.waitingCount },
            .integer("tracking_clients") { context, _ in context.tracking.count },
            .integer("clients_in_timeout_table") { context, _ in context.blocked.countWithDeadline },
            .integer("total_blocking_keys") { context, _ in context.blocked.keyCount },
            .integer("total_blocking_keys_on_nokey") { context, _ in context.blocked.keyCountOnMissing },
        ])

    static let processor = InfoSection(
        title: "CPU",
        fields: [
            .decimal("used_cpu_sys", digits: 6) { _, _ in ProcessUsage.ownTime.system },
            .decimal("used_cpu_user", digits: 6) { _, _ in ProcessUsage.ownTime.user },
            .decimal("used_cpu_sys_children", digits: 6) { _, _ in ProcessUsage.childrenTime.system },
            .decimal("used_cpu_user_children", digits: 6) { _, _ in ProcessUsage.childrenTime.user },
            .decimal("used_cpu_sys_main_thread", digits: 6) { _, _ in ProcessUsage.threadTime.system },
            .decimal("used_cpu_user_main_thread", digits: 6) { _, _ in ProcessUsage.threadTime.user },
        ])

    static let modules = InfoSection(title: "Modules")

    static let cluster = InfoSection(title: "Cluster", fields: [.resting("cluster_enabled")])

    static let replication = InfoSection(
        title: "Replication",
        fields: [
            .text("role") { context, _ in context.roleLines },
            .text("connected_slaves") { context, _ in context.replicaLines },
            .text("master_failover_state") { context, _ in context.failover.state.name },
            .text("master_replid") { context, _ in context.replicas.history.identifier },
            .text("master_replid2") { context, _ in context.replicas.history.secondIdentifier },
            .integer("master_repl_offset") { context, _ in context.replicationOffset },
            .integer("second_repl_offset") { context, _ in context.replicas.history.secondOffset },
            .integer("repl_backlog_active") { context, _ in context.hasBacklog ? 1 : 0 },
            .integer("repl_backlog_size") { context, _ in context.settings.backlogSize },
            .integer("repl_backlog_first_byte_offset") { context, _ in context.backlogExtent?.firstOffset ?? 0 },
            .integer("repl_backlog_histlen") { context, _ in context.backlogExtent?.count ?? 0 },
        ])
}

extension CommandContext {
    var uptimeSeconds: Int64 { max(0, now - observation.startedAt) / 1000 }

    fileprivate var configurationPath: String { invocation.configurationFile ?? "" }

    /// `name=tcp,bind=*,bind=-::*,port=6379`
    fileprivate var listenerDescription: String {
        let binds = listeners.settings.addresses.map { ",bind=\($0)" }.joined()
        return "name=tcp\(binds),port=\(listeners.settings.port)"
    }
}
