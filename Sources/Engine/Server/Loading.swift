// Data that are read when the server starts: in slices, between which clients are served. They hear that it is loading,
// unless their command does without the data.

internal import Platform

/// How far the loading of data has come.
struct Loading: ~Copyable {
    fileprivate(set) var isInForce = false
    /// In milliseconds.
    fileprivate(set) var startedAt: Int64 = 0
    /// Of all files.
    var totalBytes = 0
    var loadedBytes = 0
    /// What the data occupied when they were saved, as the file says.
    var usedMemory = 0
    /// Of the last load.
    var keysLoaded = 0, keysExpired = 0
    /// Where the data stood in the stream of changes, as the file says.
    var stream = SavedStream()
    fileprivate var snapshot: RDBLoader?
    /// The append-only file, which is loaded instead of the snapshot if there is to be one.
    var log: AppendOnlyLoader?
    /// Ticks.
    fileprivate var began: UInt64 = 0

    /// The data are those of the server that this one follows.
    fileprivate(set) var isFromPrimary = false
}

extension CommandContext {
    /// Reads the snapshot, if there is one: opens it, and leaves the rest to the next turns.
    mutating func startLoading() {
        readLogManifest()
        if settings.appendOnly { return startLoadingLog() }
        var isMissing = false
        // Keys end here when the server that is followed says so.
        let options = RDBLoader.Options(keepsEndedKeys: follows, resumesStream: !follows)
        loading.began = Ticks.now
        beginLoading()
        loading.snapshot = RDBLoader.open(settings.dumpFile, options, &self, isMissing: &isMissing)
        if loading.snapshot != nil { return }
        endLoading()
        if !isMissing { abandonLoading() }
    }

    /// From now on the data are not there.
    mutating func beginLoading() {
        loading.isInForce = true
        loading.startedAt = now
        (loading.totalBytes, loading.loadedBytes, loading.usedMemory) = (0, 0, 0)
        (loading.keysLoaded, loading.keysExpired) = (0, 0)
        (loading.stream, loading.isFromPrimary) = (SavedStream(), false)
        keyspace.expiryIsPaused = true
        restrictServer(.loading, true)
    }

    mutating func endLoading() {
        loading.isInForce = false
        keyspace.expiryIsPaused = follows || pause.isInForce
        restrictServer(.loading, false)
        // What has been loaded need not be saved.
        saving.savedChangeCount = keyspace.feed.changeCount
    }

    /// Loads about so many bytes more; true when all is loaded. What cannot be loaded ends the process.
    mutating func loadSome(bytes: Int) -> Bool {
        if loading.log != nil { return loadSomeOfLog(bytes: bytes) }
        guard var loader = loading.snapshot.take() else { return true }
        let progress = loader.step(&self, through: loader.offset + bytes)
        loading.loadedBytes = loader.offset
        observation.notePeak(memoryParts.used)
        if loading.isFromPrimary { return endStep(progress, loader) }
        switch progress {
        case .more:
            loading.snapshot = consume loader
            return false
        case .complete:
            loader.close()
            endLoading()
            if follows { resumeFollowing() }
            let seconds = Double(observation.nanoseconds(Ticks.now &- loading.began)) / 1e9
            log.notice("DB loaded from disk: \(seconds.text(digits: 3)) seconds")
            return true
        case .refused: abandonLoading()
        case .damaged: host.exit(1)
        }
    }

    // MARK: From another server

    /// Begins to load the snapshot of the server that this one follows; false if it is none.
    mutating func startLoadingFromPrimary(_ path: String) -> Bool {
        beginLoading()
        loading.isFromPrimary = true
        loading.began = Ticks.now
        var isMissing = false
        let options = RDBLoader.Options(keepsEndedKeys: true)
        loading.snapshot = RDBLoader.open(path, options, &self, isMissing: &isMissing)
        if loading.snapshot == nil { endLoading() }
        return loading.isInForce
    }

    /// Never true: the server has been ready before.
    private mutating func endStep(_ progress: RDBLoader.Progress, _ loader: consuming RDBLoader) -> Bool {
        switch progress {
        case .more: loading.snapshot = consume loader
        case .complete:
            loader.close()
            endLoading()
            loadingFromPrimaryHasSucceeded()
        case .refused, .damaged:
            loader.close()
            endLoading()
            loadingFromPrimaryHasFailed()
        }
        return false
    }

    private mutating func abandonLoading() -> Never {
        log.warning("Fatal error loading the DB, check server logs. Exiting.")
        host.exit(1)
    }

    /// Loads a snapshot at once, as DEBUG RELOAD does; false if it is none that can be loaded.
    mutating func loadAtOnce(_ path: String, _ options: RDBLoader.Options) -> Bool {
        var isMissing = false
        beginLoading()
        defer { endLoading() }
        guard var loader = RDBLoader.open(path, options, &self, isMissing: &isMissing) else { return false }
        let progress = loader.step(&self, through: .max)
        loader.close()
        switch progress {
        case .more, .complete: return true
        case .refused: return false
        case .damaged: host.exit(1)
        }
    }
}

extension Server {
    /// The part of loading that belongs to this turn.
    @inline(never) mutating func loadSome() {
        if context.loadSome(bytes: context.settings.loadingSliceSize) { context.announceReady() }
    }
}
