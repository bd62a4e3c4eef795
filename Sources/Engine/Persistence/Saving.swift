// The saving of snapshots as the server keeps it: the one that runs, the queue to the disk thread, and what is known of
// those before. Steps and decisions are in `Server/SnapshotRuns` and `Server/SavePoints`.

internal import Platform

/// What a snapshot is for.
enum SnapshotPurpose: Equatable {
    /// `dbfilename`, by BGSAVE or a save point.
    case backgroundDump
    /// The same by SAVE, and at the end of the process.
    case dump
    /// The new base of the append-only file.
    case appendOnlyBase
    /// Sent to clients that have asked for it.
    case transfer
}

/// How a snapshot ended.
enum SnapshotResult {
    case saved(size: Int)
    case failed(DiskError, SnapshotStage)
    case abandoned
}

/// A snapshot on its way to its file.
struct SnapshotRun {
    let purpose: SnapshotPurpose
    let plan: RDBFilePlan
    let number: Int
    /// In milliseconds since 1970.
    let startedAt: Int64
    /// The change counter when it began: what this snapshot has.
    let changeCount: Int
    /// Everything has been given to the disk thread.
    var isWalked = false
}

/// A moment at which the data are to be saved.
struct SavePoint: Equatable, Sendable {
    let seconds: Int
    let changes: Int

    static let usual = [
        SavePoint(seconds: 3600, changes: 1), SavePoint(seconds: 300, changes: 100),
        SavePoint(seconds: 60, changes: 10_000),
    ]
}

/// How long the walk may go on in one turn. While commands run it gets a quarter of the time, but little of it in turns
/// that are long already; between the commands of clients that wait for their replies it takes short steps; and long
/// ones when nobody wants anything.
struct SnapshotPace {
    /// Ticks that commands have taken and the walk has not made use of.
    private var credit: UInt64 = 0
    private var lastBusy: UInt64 = 0

    private static let longest = 500 * Ticks.perMicrosecond
    private static let longestWhileBusy = 300 * Ticks.perMicrosecond
    /// Less is not worth the way.
    private static let least = 25 * Ticks.perMicrosecond
    private static let betweenCommands = 40 * Ticks.perMicrosecond
    private static let quietTime = 3000 * Ticks.perMicrosecond
    /// A turn should not take longer than this.
    private static let turnTime = 900 * Ticks.perMicrosecond
    private static let leastInLongTurns = 60 * Ticks.perMicrosecond

    /// In ticks; zero for not at all.
    mutating func slice(busy: Bool, turnBegan: UInt64, now: UInt64) -> UInt64 {
        guard busy else {
            return now &- lastBusy < SnapshotPace.quietTime ? SnapshotPace.betweenCommands : SnapshotPace.longest
        }
        lastBusy = now
        let elapsed = now &- turnBegan
        credit = min(credit &+ elapsed / 3, SnapshotPace.longestWhileBusy)
        guard credit >= SnapshotPace.least else { return 0 }
        let rest = SnapshotPace.turnTime &- min(elapsed, SnapshotPace.turnTime)
        let slice = min(credit, max(rest, SnapshotPace.leastInLongTurns))
        credit &-= slice
        return slice
    }
}

/// Everything about saving that outlives a command.
struct Saving: ~Copyable {
    typealias Worker = DiskWorker<SnapshotFile, SnapshotJob, SnapshotOutcome>

    /// Pieces that may wait for the disk thread at most.
    static let mostPieces = 32
    /// Pieces that may wait for it now; the walk stops at half of that.
    var mostWaiting = mostPieces

    private var worker: Worker?
    /// Jobs for which the worker has no room yet.
    private var jobs = Queue<SnapshotJob>()
    var run: SnapshotRun?
    /// A snapshot goes to `dbfilename`, or to replicas, while clients are served.
    var isDumpingInBackground: Bool { run?.purpose == .backgroundDump || run?.purpose == .transfer }
    private(set) var runCount = 0
    /// How many of them clients did not wait for.
    var backgroundCount = 0
    var pace = SnapshotPace()
    /// Pieces that the disk thread has and has not written yet.
    private var piecesUnderway = 0

    /// Write commands wait until the disk thread has caught up.
    var isHolding = false
    /// Clients whose commands wait for that.
    var held: [ClientIdentifier] = []

    // MARK: What INFO says
    /// In seconds since 1970.
    var lastSave: Int64 = 0
    var lastAttempt: Int64 = 0
    var hasFailed = false
    /// The dump that ended last is in its file.
    var savedLastDump = false
    var lastDurationSeconds = -1
    var saveCount = 0
    /// Bytes of records that had to be handed over before their time.
    var lastBytesHandedOver = 0
    /// Keys of the snapshot that has been walked over last.
    var lastKeyCount = 0
    /// BGSAVE SCHEDULE, until it can begin.
    var isScheduled = false
    /// The change counter of the last dump.
    var savedChangeCount = 0

    // MARK: Jobs

    mutating func nextNumber() -> Int {
        runCount += 1
        piecesUnderway = 0
        return runCount
    }

    /// Gives as many jobs to the disk thread as it has room for.
    mutating func submit(_ host: any Host, _ wakeup: Wakeup) {
        let worker = startedWorker(host, wakeup)
        while let job = jobs.popFirst() {
            guard let refused = worker.submit(job) else {
                piecesUnderway += 1
                continue
            }
            return jobs.prepend(refused)
        }
    }

    mutating func add(_ job: consuming SnapshotJob) { jobs.append(job) }
    mutating func dropJobs() { jobs = Queue() }

    /// What pieces occupy that the disk thread has or is to get, roughly.
    var memoryUsed: Int { (jobs.count + piecesUnderway) * Snapshot.chunkCapacity }

    /// The disk thread has as much to do as it may have.
    var isBehind: Bool { !jobs.isEmpty || piecesUnderway >= mostWaiting }
    /// The walk may go on.
    var hasRoomForWalk: Bool { jobs.isEmpty && piecesUnderway < mostWaiting / 2 }
    /// Whoever had to wait may go on.
    var hasCaughtUp: Bool { jobs.isEmpty && piecesUnderway < mostWaiting * 3 / 4 }

    mutating func takeOutcome() -> SnapshotOutcome? {
        let outcome = worker?.takeOutcome()
        if outcome != nil { piecesUnderway = max(0, piecesUnderway - 1) }
        return outcome
    }

    /// Waits until there is room for all jobs; or, if `untilDone`, until they are done.
    mutating func submitWaiting(_ host: any Host, _ wakeup: Wakeup, untilDone: Bool) {
        let worker = startedWorker(host, wakeup)
        while let job = jobs.popFirst() { worker.submitWaiting(job) }
        if untilDone { worker.drain() }
    }

    /// One step of a worker that no thread drives, for tests.
    func step() -> Bool { worker?.step() ?? false }

    private mutating func startedWorker(_ host: any Host, _ wakeup: Wakeup) -> Worker {
        if let worker { return worker }
        let started = Worker(
            name: "apus-snapshot", capacity: Saving.mostPieces, mode: host.workerMode, wakeup: wakeup,
            state: SnapshotFile(disk: host.disk), handler: SnapshotFile.run)
        worker = started
        return started
    }
}
