// Where the server listens, and the manners of its connections.

extension Setting {
    static let network: [Setting] = [
        .integer("port", 0...65535, \.port, "The TCP port; 0 listens on none.", effect: .port),
        .bind,
        .boolean(
            "protected-mode", \.protectedMode,
            "Refuses clients from other machines while no password is set.", effect: .clients),
        .integer(
            "tcp-backlog", 0...int32.upperBound, \.tcpBacklog,
            "How many connections may wait to be accepted.", .immutable),
        .integer(
            "tcp-keepalive", 0...int32.upperBound, \.tcpKeepaliveSeconds,
            "Seconds between probes of silent connections; 0 for none.", effect: .clients),
        .integer(
            "timeout", 0...int32.upperBound, \.timeoutSeconds,
            "Closes clients that are idle for so many seconds; 0 for never.", effect: .clients),
        .text("unixsocket", \.unixSocket, "The path of a Unix socket to listen on as well.", .immutable),
        .octal(
            "unixsocketperm", 0...0o777, \.unixSocketPermissions,
            "The permissions of the Unix socket, in octal; 0 leaves them to the umask.", .immutable),
        .integer(
            "maxclients", 1...4_294_967_295, \.maxClients,
            "How many clients may be connected at once.", effect: .openFiles),
        .outputBufferLimits,
        .memory(
            "client-query-buffer-limit", 1 << 20...Int.max, \.queryBufferLimit,
            "The most that one unfinished request may occupy.", effect: .clients),
        .memory(
            "proto-max-bulk-len", 1 << 20...Int.max, \.maxBulkLength,
            "The longest string that a request may contain.", effect: .clients),
        .maxClientMemory,
        .text("bind-source-addr", \.sourceAddress, "The address from which connections to other servers come."),
        .kept(
            "socket-mark-id", .integer(0...4_294_967_295), "0",
            "A mark for the sockets, for the system's firewall.", .immutable),
        .kept("io-threads", .integer(1...128), "1", "How many threads read and write sockets.", .immutable),
        .kept("io-threads-do-reads", .boolean, "no", "Whether these threads also read.", .immutable),
        .refused(
            "tls-port", .integer(0...65535), "0",
            because: "tls-port is not built into this version: it must stay 0",
            "The port for TLS connections; 0 for none."),
        .kept("tls-cert-file", .anyText, "", "The certificate of this server."),
        .kept("tls-key-file", .anyText, "", "The private key of this server."),
        .kept("tls-key-file-pass", .anyText, "", "The password of the private key."),
        .kept("tls-client-cert-file", .anyText, "", "The certificate for connections to other servers."),
        .kept("tls-client-key-file", .anyText, "", "The private key for connections to other servers."),
        .kept("tls-client-key-file-pass", .anyText, "", "The password of that key."),
        .kept("tls-dh-params-file", .anyText, "", "Parameters of the Diffie-Hellman exchange."),
        .kept("tls-ca-cert-file", .anyText, "", "The certificates that are trusted."),
        .kept("tls-ca-cert-dir", .anyText, "", "A directory of certificates that are trusted."),
        .kept(
            "tls-auth-clients", .choice(["no", "yes", "optional"]), "yes",
            "Whether clients must show a certificate."),
        .refused(
            "tls-replication", .boolean, "no",
            because: "tls-replication is not built into this version: it must stay \"no\"",
            "Speaks TLS with the master and the replicas."),
        .refused(
            "tls-cluster", .boolean, "no",
            because: "tls-cluster is not built into this version: it must stay \"no\"",
            "Speaks TLS on the cluster bus."),
        .kept("tls-protocols", .anyText, "", "The versions of TLS that are allowed."),
        .kept("tls-ciphers", .anyText, "", "The ciphers for TLS 1.2 that are allowed."),
        .kept("tls-ciphersuites", .anyText, "", "The ciphers for TLS 1.3 that are allowed."),
        .kept(
            "tls-prefer-server-ciphers", .boolean, "no",
            "Prefers the order of this server to the order of the client."),
        .kept("tls-session-caching", .boolean, "yes", "Lets clients resume sessions."),
        .kept("tls-session-cache-size", .integer(0...int32.upperBound), "20480", "How many sessions are kept."),
        .kept(
            "tls-session-cache-timeout", .integer(0...int32.upperBound), "300",
            "For how many seconds sessions are kept."),
    ]
}
