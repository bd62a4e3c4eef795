// The append-only file as the server keeps it: which files it consists of, how much of the last one is written and how
// much of that is safe, and how rewriting it stands. What is done to it is in `Server/AppendOnly…`; here is only what
// is known.

internal import Platform

/// When what was written must be safe.
enum AppendSync: String, SettingChoice {
    /// A second later at the most, or two.
    case everySecond = "everysec"
    /// Before whoever asked for the change hears of it.
    case always
    /// When the kernel sees fit.
    case no
}

/// The state of the append-only file.
struct AppendOnlyFile: ~Copyable {
    enum State {
        case off, on
        /// Switched on at run time: until a rewrite has put down what there was before, the file is worth nothing.
        case awaitsRewrite
    }

    var state = State.off
    var manifest = AppendOnlyManifest()
    /// The manifest on disk may be another one.
    var manifestIsInDoubt = false
    /// What changes are written to; nil while nothing is logged.
    var file: DiskFile?
    /// The size of that file, and how much of it has been synced, or been given to the thread that syncs.
    var size = 0
    var syncedSize = 0
    /// All files that are to be loaded, and what they were after the last rewrite.
    var totalSize = 0
    var baseSize = 0

    // MARK: Syncing
    /// In seconds since 1970.
    var lastSync: Int64 = 0
    /// The file that is written to is being synced.
    var isSyncing = false
    /// Since when the log waits for a sync to end, in seconds; nil if it does not.
    var postponedSince: Int64?
    var delayedSyncs = 0
    /// Everything in the log up to this position is safe.
    var safePosition = 0
    /// A sync failed when the log was written up to here: Linux may have dropped what it was to make safe, and never
    /// writes that again. Nothing more counts as safe until the file has been rewritten; nil if there is no doubt.
    var doubtfulPosition: Int?
    let syncing: DiskWorker<AppendOnlySyncer, AppendOnlySyncer.Job, AppendOnlySyncer.Outcome>
    /// Removing a large file takes long, and no sync shall wait for that.
    let removing: DiskWorker<AppendOnlySyncer, AppendOnlySyncer.Job, AppendOnlySyncer.Outcome>

    // MARK: Failures
    /// Why the last write failed, or the last sync in the background.
    var writeFailure: String?
    var syncFailure: String?
    /// When the log last told of a failure, in seconds.
    var lastComplaint: Int64 = 0
    /// For tests: how long to sleep before each write.
    var sleepMicroseconds = 0

    var rewrite = AppendOnlyRewrite()

    init(host: any Host, wakeup: Wakeup) {
        let disk = host.disk
        syncing = DiskWorker(
            name: "apus-aof", capacity: 64, mode: host.workerMode, wakeup: wakeup, state: AppendOnlySyncer(disk: disk)
        ) { $0.run($1) }
        removing = DiskWorker(
            name: "apus-remove", capacity: 1024, mode: host.workerMode, state: AppendOnlySyncer(disk: disk)
        ) { $0.run($1) }
    }

    /// A write or a sync failed, and was not followed by one that did not.
    var isFailing: Bool { state != .off && (writeFailure != nil || syncFailure != nil) }
}

/// How the rewriting of the append-only file stands.
struct AppendOnlyRewrite {
    /// One is to begin as soon as nothing else is saved.
    var isScheduled = false
    /// When the one that runs began, in milliseconds.
    var startedAt: Int64?
    /// How much had been logged then.
    var startPosition = 0
    var lastSeconds: Int64 = -1
    var hasFailed = false
    var count = 0
    var failuresInARow = 0
    /// After several failures: how long to wait, and until when.
    var delayMinutes: Int64 = 0
    var nextAttempt: Int64 = 0

    static let mostFailuresInARow = 3
    static let mostDelayMinutes: Int64 = 60
}

/// The thread on which files are synced, closed and removed, one after the other.
struct AppendOnlySyncer: ~Copyable, Sendable {
    enum Job: Sendable {
        /// `position` is how far the log is written then.
        case sync(DiskFile, position: Int)
        /// The file has a successor.
        case finish(DiskFile, position: Int)
        case remove(String)
    }

    struct Outcome: Sendable {
        let position: Int
        let failure: String?
        /// The file is the one that is still written to.
        let isCurrent: Bool
    }

    let disk: any Disk

    func run(_ job: Job) -> Outcome? {
        switch job {
        case .sync(let file, let position): return sync(file, position, isCurrent: true)
        case .finish(let file, let position):
            let outcome = sync(file, position, isCurrent: false)
            try? disk.close(file)
            return outcome
        case .remove(let path):
            try? disk.remove(path)
            return nil
        }
    }

    private func sync(_ file: DiskFile, _ position: Int, isCurrent: Bool) -> Outcome {
        do throws(DiskError) { try disk.sync(file) } catch {
            return Outcome(position: position, failure: error.reason, isCurrent: isCurrent)
        }
        return Outcome(position: position, failure: nil, isCurrent: isCurrent)
    }
}
