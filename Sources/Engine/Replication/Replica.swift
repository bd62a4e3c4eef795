// What is known of clients that want the data, and perhaps every change behind them: what they have said of themselves
// by REPLCONF, how far each one has come, and the files that they get. What is done for them is in the other files of
// this room.

internal import Platform

/// What a client has said by REPLCONF before it asks for the data.
struct ReplicaIntroduction {
    /// Where it says that it listens.
    var port: Int64 = 0
    var address: [UInt8] = []
    /// It finds the end of a snapshot by a mark, and needs no length.
    var understandsMark = false
    /// It goes on with the stream even if that has got another name.
    var understandsNewNames = false
    /// It has told its version, as those of Valkey 8 do; those of Redis never do.
    var hasToldVersion = false
    /// It wants no changes behind the snapshot.
    var wantsOnlySnapshot = false
    /// What it does not want of the snapshot.
    var leavesOutData = false
    var leavesOutFunctions = false

    static let longestAddress = 255
}

/// A client that has asked for the data.
struct Replica {
    enum Phase {
        /// It has asked in this turn.
        case asks
        /// A snapshot of its own is to begin.
        case waits
        /// The length of its snapshot is not known yet.
        case expects
        case receives
        /// It has got everything up to the mark, and is to say that it has understood.
        case confirms
        /// It gets every change.
        case online
        /// It has got its snapshot, and gets no more.
        case done
    }

    let client: ClientIdentifier
    /// By PSYNC, and says how far it has come; by SYNC otherwise.
    let acknowledges: Bool
    let introduction: ReplicaIntroduction
    /// When it asked, in milliseconds.
    let askedAt: Int64
    var phase = Phase.asks
    /// What its snapshot ends with; nil if it begins with its length.
    var mark: String?
    /// The snapshot that it gets, and how much of that it has been given.
    var snapshot = 0
    var offset = 0
    /// It has data already, and goes on with the stream.
    var continues = false
    /// Up to where it has been sent the stream; while it has no snapshot yet, where that stands in it.
    var streamPosition = 0

    // MARK: What it has said since
    /// Up to where it has the stream, and has it in its append-only file.
    var position = 0
    var safePosition = 0
    /// When it last said so, or became online.
    var heardAt: Int64 = 0

    /// Its part of the stream begins with its snapshot.
    var takesChanges: Bool {
        switch phase {
        case .asks, .waits, .done: false
        case .expects, .receives, .confirms, .online: !introduction.wantsOnlySnapshot
        }
    }

    /// It has its snapshot, and counts as a replica to which writes go.
    var isOnline: Bool { phase == .confirms || phase == .online }

    /// From here on the stream must be kept for it.
    var neededPosition: Int? { takesChanges || phase == .asks && continues ? streamPosition : nil }

    /// The state that INFO shows; nil for none.
    var stateName: String? {
        switch phase {
        case .asks, .waits, .expects: "wait_bgsave"
        case .receives: mark == nil ? "send_bulk" : "wait_bgsave"
        case .confirms, .online: "online"
        case .done: nil
        }
    }
}

/// A snapshot on its way to clients, in a file without a name. It may still grow.
struct TransferFile {
    let number: Int
    var file: DiskFile?
    var size = 0
    var isComplete = false
    /// It is sent when it is complete; who asks until then gets it as well.
    var isSentWhole = false
    /// Where it stands in the stream.
    var streamPosition = 0
}

/// Everything about clients that get the data.
struct Replicas: ~Copyable {
    var introductions: [ClientIdentifier: ReplicaIntroduction] = [:]
    var all: [Replica] = []
    var files: [TransferFile] = []
    var history = ReplicationHistory()
    /// The last part of the stream; nil while nobody has followed for long.
    var backlog: StreamWindow?
    /// One that is being given back.
    var oldBacklog = StreamWindow(at: 0)
    /// Where the stream ended when it was last kept.
    var lastPosition = 0
    /// The second in which the last replica went.
    var aloneSince: Int64 = 0
    /// The stream is that of another server, which this one follows.
    var isFollowing = false
    /// The database for which that one's next change is; nil if that is not known.
    var followedDatabase: Int?
    /// Somebody began to wait in this turn.
    var asksForAcknowledgement = false
    /// Some have not got their snapshot yet.
    var hasWork = false
    var goodCount = 0
    /// Seconds: when replicas were last tended, and last sent a PING.
    var tendedAt: Int64 = 0
    var pingedAt: Int64 = 0

    // MARK: What INFO says
    var fullCount = 0
    var partialCount = 0
    var refusedPartialCount = 0

    /// Where what is kept of the stream begins and ends; nil if nothing is.
    var backlogStart: Int? {
        switch backlog {
        case .some(let backlog): backlog.start
        case .none: nil
        }
    }
    var backlogEnd: Int? {
        switch backlog {
        case .some(let backlog): backlog.end
        case .none: nil
        }
    }
    /// What the stream occupies that is kept, or waits for replicas.
    var streamMemory: Int {
        switch backlog {
        case .some(let backlog): backlog.memoryUsed
        case .none: 0
        }
    }

    func index(of client: ClientIdentifier) -> Int? { all.firstIndex { $0.client == client } }

    /// How many have the stream up to there.
    func count(acknowledging position: Int) -> Int {
        all.count { $0.phase == .online && $0.position >= position }
    }

    /// How many have it in their append-only files.
    func count(securing position: Int) -> Int {
        all.count { $0.phase == .online && $0.safePosition >= position }
    }

    mutating func noteWork() {
        hasWork = all.contains {
            switch $0.phase {
            case .asks, .waits, .expects, .receives: true
            case .confirms, .online, .done: false
            }
        }
    }
}
