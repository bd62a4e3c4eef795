// What clients may use and how long: the settings of connections as numbers, ready for the hot path.

/// How much output of a client may wait for its socket: `client-output-buffer-limit`.
struct OutputLimit: Equatable, Sendable {
    /// Zero: no limit.
    var hardSize = 0
    var softSize = 0
    var softSeconds = 0
}

/// The kinds of clients that have limits of their own.
enum ClientClass: Int, CaseIterable, Sendable {
    case normal, replica, pubSub, master

    var name: String {
        switch self {
        case .normal: "normal"
        case .replica: "slave"
        case .pubSub: "pubsub"
        case .master: "master"
        }
    }
}

/// The limits in force for clients.
struct ClientLimits {
    /// `maxclients`
    var mostClients = 10_000
    /// `timeout`; zero for none.
    var idleSeconds = 0
    /// `tcp-keepalive`; zero for none.
    var keepaliveSeconds = 300
    /// `proto-max-bulk-len`
    var largestArgument = 512 << 20
    /// `client-query-buffer-limit`
    var largestQuery = 1 << 30
    /// `protected-mode`
    var isProtected = true
    /// `client-output-buffer-limit`
    var normalOutput = OutputLimit()
    var replicaOutput = OutputLimit(hardSize: 256 << 20, softSize: 64 << 20, softSeconds: 60)
    var pubSubOutput = OutputLimit(hardSize: 32 << 20, softSize: 8 << 20, softSeconds: 60)
    /// Values keep lengths of 32 bits.
    static let longestValue = 4_293_918_720
    /// What a client that has not given its password may leave unread.
    static let unauthenticatedOutput = 1024

    func output(of kind: ClientClass) -> OutputLimit {
        switch kind {
        case .normal, .master: normalOutput
        case .replica: replicaOutput
        case .pubSub: pubSubOutput
        }
    }
}

/// What has happened to connections since the start.
struct ConnectionStatistics {
    var accepted = 0
    var rejected = 0
    var bytesReceived = 0
    var bytesSent = 0
    var reads = 0
    var writes = 0
    /// Clients cut for what they did not read.
    var outputLimitDisconnections = 0
    /// Clients cut for what they did not finish saying.
    var queryLimitDisconnections = 0
    /// Clients cut because all of them occupied too much.
    var evictions = 0
}
