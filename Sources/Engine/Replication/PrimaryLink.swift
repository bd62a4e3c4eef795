// The connection to the server that this one follows, and how far it has come. What is said over it is in
// `PrimaryLink+Handshake`, the snapshot that comes in `PrimaryLink+Transfer`, the stream behind it in
// `PrimaryLink+Stream`; who is followed is decided in `Following`.

internal import Platform

/// Where a server is that is followed.
struct PrimaryAddress: Equatable, Sendable {
    let host: String
    let port: Int
}

/// The connection to the server that this one follows.
struct PrimaryLink: ~Copyable {
    /// How far it has come.
    enum Phase {
        /// Nobody is followed.
        case none
        /// There is no connection.
        case apart
        /// The address of the other side is being looked up.
        case resolves
        case connecting
        /// PING has been said.
        case greets
        /// This server has said who it is, by several requests.
        case introduces
        /// It has asked for the stream.
        case asks
        /// It will get a snapshot, whose size is to come.
        case awaitsSnapshot
        case receives
        case loads
        /// The stream is that of a client.
        case streams
    }

    /// What has been said, in the order in which it is answered.
    enum Question {
        case authentication
        case introduction(StaticString)
    }

    /// How the end of a snapshot is known.
    enum End {
        case size(Int)
        case mark([UInt8])

        static let markSize = 40
    }

    var phase = Phase.none
    var descriptor: Int32 = -1
    /// The sockets may be read, or the other side has closed; it may be written again.
    var isReadable = false, isEnding = false, isWritable = false
    /// Something is to be done in the next turn.
    var hasWork = false
    var inbox = Buffer()
    /// What the socket has not taken yet.
    var outbox = Buffer()
    var questions: [Question] = []
    /// Where the other side is, and from where the connection is to come, as far as that is known.
    var targets: [SocketAddress] = [], sources: [SocketAddress] = []
    /// The name that is being looked up, by the number of the question.
    var question = 0

    // MARK: When, in milliseconds
    var connectedAt: Int64 = 0
    var heardAt: Int64 = 0
    var tendedAt: Int64 = 0
    /// Since when there is no stream; zero if there was none since the role has changed.
    var downSince: Int64 = 0

    // MARK: The snapshot
    /// Of which stream, and where that goes on behind it; no name if the other side knows no streams.
    var history = "", position = 0
    var end = End.size(0)
    var path = ""
    var file: DiskFile?
    var received = 0
    var writtenBack = 0
    /// The last bytes that have been received, as many as a mark has.
    var tail: [UInt8] = []

    // MARK: The stream
    var client = CommandContext.nobody
    /// What has been applied is all that there was up to some place of a known stream: it can go on from there.
    var canResume = false
    /// The database that the stream is about.
    var database = 0
    /// Up to where it has been applied, and received.
    var applied = 0
    /// Bytes behind that: the beginning of a transaction.
    var pending = Buffer()
    /// The other side knows no streams, and is told nothing.
    var isPlain = false
    var owesAcknowledgement = false
    /// What cannot be repeated has come: it makes no sense to go on from there.
    var isBroken = false
    /// Where the append-only file had so much of the stream, until that is safe.
    var unsafePositions: [(log: Int, stream: Int)] = []
    var safePosition = 0

    static let longestLine = 1024
    static let mostUnsafePositions = 1 << 14

    /// Answers are awaited, or a snapshot.
    var isConversing: Bool {
        switch phase {
        case .greets, .introduces, .asks, .awaitsSnapshot, .receives: true
        case .none, .apart, .resolves, .connecting, .loads, .streams: false
        }
    }

    /// What ROLE calls it.
    var stateName: StaticString {
        switch phase {
        case .none: "none"
        case .apart, .resolves: "connect"
        case .connecting: "connecting"
        case .greets, .introduces, .asks: "handshake"
        case .awaitsSnapshot, .receives, .loads: "sync"
        case .streams: "connected"
        }
    }

    var isSynchronizing: Bool {
        switch phase {
        case .awaitsSnapshot, .receives, .loads: true
        case .none, .apart, .resolves, .connecting, .greets, .introduces, .asks, .streams: false
        }
    }

    var memoryUsed: Int {
        inbox.capacity + outbox.capacity + pending.capacity
            + unsafePositions.capacity * MemoryLayout<(log: Int, stream: Int)>.stride
    }

    /// The next line of the other side without its end; nil if it is not complete.
    mutating func takeLine() -> [UInt8]? {
        guard let place = inbox.contents.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        var line = inbox.contents.prefix(place).array
        inbox.removeFirst(place + 1)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}

/// Server followed, as messages have it.
extension PrimaryAddress {
    var text: String { "\(host):\(port)" }
}
