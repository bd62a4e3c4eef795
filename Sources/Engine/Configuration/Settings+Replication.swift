// Replicas and clusters.

extension Setting {
    static let replication: [Setting] = [
        .replicaOf,
        .bytes("masterauth", \.primaryPassword, "The password for the master.", .sensitive),
        .bytes("masteruser", \.primaryUser, "The user for the master.", .sensitive),
        .boolean(
            "replica-serve-stale-data", \.servesStaleData,
            "Answers clients while the master cannot be reached.", alias: "slave-serve-stale-data",
            effect: .role),
        .boolean(
            "replica-read-only", \.replicaIsReadOnly,
            "Refuses writes of clients on a replica.", alias: "slave-read-only", effect: .role),
        .boolean(
            "replica-lazy-flush", \.flushesLazily,
            "Frees old data in the background before a full synchronisation.", alias: "slave-lazy-flush"),
        .boolean(
            "replica-ignore-maxmemory", \.replicaIgnoresMemoryLimit,
            "Leaves eviction to the master.", alias: "slave-ignore-maxmemory", effect: .role),
        .kept(
            "replica-ignore-disk-write-errors", .boolean, "no",
            "Goes on when changes of the master cannot be written to disk."),
        .integer(
            "replica-priority", 0...int32.upperBound, \.replicaPriority,
            "How much this replica wants to become master; 0 for never.", alias: "slave-priority"),
        .boolean(
            "replica-announced", \.replicaIsAnnounced, "Is named to Sentinel's clients."),
        .bytes(
            "replica-announce-ip", \.replicaAnnouncedAddress,
            "The address that a replica gives to others.", alias: "slave-announce-ip"),
        .integer(
            "replica-announce-port", 0...65535, \.replicaAnnouncedPort,
            "The port that a replica gives to others; 0 for its own.", alias: "slave-announce-port"),
        .boolean(
            "repl-diskless-sync", \.sendsWhileSaving,
            "Sends snapshots to replicas while they are taken, and not afterwards."),
        .integer(
            "repl-diskless-sync-delay", 0...int32.upperBound, \.transferDelaySeconds,
            "Seconds to wait for further replicas before that."),
        .integer(
            "repl-diskless-sync-max-replicas", 0...int32.upperBound, \.replicasToWaitFor,
            "Does not wait longer with so many replicas; 0 for no number."),
        .kept(
            "repl-diskless-load", .choice(["disabled", "on-empty-db", "swapdb"]), "disabled",
            "Loads snapshots of the master without a file: disabled, on-empty-db or swapdb.", .notWhileLoading),
        .integer(
            "repl-ping-replica-period", 1...int32.upperBound, \.replicaPingSeconds,
            "Seconds between pings to replicas.", alias: "repl-ping-slave-period"),
        .integer(
            "repl-timeout", 1...int32.upperBound, \.replicaTimeoutSeconds,
            "After how many silent seconds a connection to a master or replica is given up."),
        .kept("repl-disable-tcp-nodelay", .boolean, "no", "Sends to replicas in fewer, larger packets."),
        .memory(
            "repl-backlog-size", 1...Int.max, \.backlogSize,
            "How much of the stream is kept for replicas that come back.", effect: .backlog),
        .integer(
            "repl-backlog-ttl", 0...Int.max, \.backlogSeconds,
            "For how many seconds it is kept without replicas; 0 for ever."),
        .integer(
            "min-replicas-to-write", 0...int32.upperBound, \.minReplicasToWrite,
            "Refuses writes with fewer replicas; 0 for never.", alias: "min-slaves-to-write", effect: .replicas),
        .integer(
            "min-replicas-max-lag", 0...int32.upperBound, \.minReplicasMaxLagSeconds,
            "A replica counts if it was heard in so many seconds.", alias: "min-slaves-max-lag", effect: .replicas),
        .kept(
            "propagation-error-behavior", .choice(["ignore", "panic", "panic-on-replicas"]), "ignore",
            "What a replica does when the stream cannot be obeyed: ignore, panic or panic-on-replicas."),
        .refused(
            "cluster-enabled", .boolean, "no",
            because: "cluster-enabled is not built into this version: it must stay \"no\"",
            "Is a node of a cluster.", .immutable),
        .kept("cluster-config-file", .anyText, "nodes.conf", "The file that a node keeps its cluster in.", .immutable),
        .kept(
            "cluster-node-timeout", .integer(0...Int.max), "15000",
            "After how many milliseconds a silent node counts as failing."),
        .kept(
            "cluster-port", .integer(0...65535), "0",
            "The port of the cluster bus; 0 for the port plus 10000.", .immutable),
        .kept(
            "cluster-ping-interval", .integer(0...Int.max), "0",
            "Milliseconds between pings of the bus, for tests.", .hidden),
        .kept(
            "cluster-replica-validity-factor", .integer(0...int32.upperBound), "10",
            "How old the data of a replica that takes over may be.", alias: "cluster-slave-validity-factor"),
        .kept(
            "cluster-migration-barrier", .integer(0...int32.upperBound), "1",
            "How many replicas a master keeps when others have none."),
        .kept("cluster-allow-replica-migration", .boolean, "yes", "Lets replicas change their master."),
        .kept("cluster-require-full-coverage", .boolean, "yes", "Answers only while every slot is served."),
        .kept(
            "cluster-replica-no-failover", .boolean, "no",
            "Never takes over for a master.", alias: "cluster-slave-no-failover"),
        .kept("cluster-allow-reads-when-down", .boolean, "no", "Answers reads while the cluster is down."),
        .kept(
            "cluster-allow-pubsubshard-when-down", .boolean, "yes",
            "Serves sharded channels while the cluster is down."),
        .kept(
            "cluster-link-sendbuf-limit", .memory(0...Int.max), "0",
            "The most that may wait for a node of the bus; 0 for no limit."),
        .kept("cluster-announce-hostname", .text(hostName), "", "The host name that a node gives to clients."),
        .kept("cluster-announce-human-nodename", .text(nodeName), "", "The name that a node has in logs."),
        .kept("cluster-announce-ip", .anyText, "", "The address that a node gives to others."),
        .kept("cluster-announce-port", .integer(0...65535), "0", "The port that a node gives to others."),
        .kept("cluster-announce-bus-port", .integer(0...65535), "0", "The bus port that a node gives to others."),
        .kept("cluster-announce-tls-port", .integer(0...65535), "0", "The TLS port that a node gives to others."),
        .kept(
            "cluster-preferred-endpoint-type", .choice(["ip", "hostname", "unknown-endpoint"]), "ip",
            "What clients are redirected to: ip, hostname or unknown-endpoint."),
    ]
}
