// The file that `dbfilename` names: when it is saved, and what is said and remembered of that, in Redis's words.

internal import Platform

extension CommandContext {
    /// Changes that the last dump does not have.
    var unsavedChangeCount: Int { keyspace.feed.changeCount - saving.savedChangeCount }

    /// Begins to save in the background; false if a snapshot is being taken already.
    mutating func saveInBackground() -> Bool {
        guard saving.run == nil else { return false }
        saving.saveCount += 1
        saving.lastAttempt = now / 1000
        log.notice("Background saving started by pid \(host.processIdentifier)")
        return beginDump(.backgroundDump)
    }

    /// Saves at once, and waits for the disk; false if it failed. A snapshot for something else is finished before.
    mutating func saveNow() -> Bool {
        finishSnapshotWaiting()
        guard beginDump(.dump) else { return false }
        finishSnapshotWaiting()
        return saving.savedLastDump
    }

    /// Periodic work: what is due is saved.
    mutating func saveIfDue() {
        guard saving.run == nil, !loading.isInForce else { return }
        let second = now / 1000
        let mayTry = !saving.hasFailed || second - saving.lastAttempt > CommandContext.retryDelaySeconds
        guard mayTry else { return }
        let isDue = settings.savePoints.first {
            unsavedChangeCount >= $0.changes && second - saving.lastSave > $0.seconds
        }
        if let isDue {
            log.notice("\(isDue.changes) changes in \(isDue.seconds) seconds. Saving...")
            _ = saveInBackground()
        } else if saving.isScheduled {
            saving.isScheduled = false
            _ = saveInBackground()
        }
    }

    private static let retryDelaySeconds: Int64 = 5

    /// FLUSHALL: what is being saved in the background is of no use any more, and the file shall be empty as well.
    mutating func saveEmptied() {
        if saving.run?.purpose == .backgroundDump { abandonSnapshot() }
        if !settings.savePoints.isEmpty { _ = saveNow() }
    }

    // MARK: The end of a snapshot

    /// Whoever wanted the snapshot learns what has become of it.
    mutating func snapshotHasEnded(_ run: SnapshotRun, _ result: SnapshotResult) {
        switch run.purpose {
        case .backgroundDump:
            noteDump(run, result)
            endBackgroundSave(run, result)
        case .dump: noteDump(run, result)
        case .appendOnlyBase: appendOnlyBaseHasEnded(run, result)
        case .transfer: transferHasEnded(run, result)
        }
        refuseWritesIfUnsaved()
    }

    private mutating func noteDump(_ run: SnapshotRun, _ result: SnapshotResult) {
        saving.savedLastDump = false
        switch result {
        case .saved:
            saving.savedLastDump = true
            log.notice("DB saved on disk")
            saving.savedChangeCount = run.changeCount
            saving.lastSave = now / 1000
            saving.hasFailed = false
        case .failed(let error, let stage): report(error, stage, run)
        case .abandoned: break
        }
    }

    private mutating func report(_ error: DiskError, _ stage: SnapshotStage, _ run: SnapshotRun) {
        let temporary = DiskPath.name(of: run.plan.temporaryPath), root = host.directory
        switch stage {
        case .opening:
            log.warning(
                "Failed opening the temp RDB file \(temporary) (in server root dir \(root)) for saving: \(error.reason)"
            )
        case .writing:
            let step = error.call == "write" ? "rdbSaveRio" : error.call
            log.warning("Write error while saving DB to the disk(\(step)): \(error.reason)")
        case .moving:
            log.warning(
                "Error moving temp DB file \(temporary) on the final destination \(DiskPath.name(of: run.plan.path)) "
                    + "(in server root dir \(root)): \(error.reason)")
        }
    }

    private mutating func endBackgroundSave(_ run: SnapshotRun, _ result: SnapshotResult) {
        saving.lastDurationSeconds = Int(now / 1000 - run.startedAt / 1000)
        switch result {
        case .saved: log.notice("Background saving terminated with success")
        case .failed:
            log.warning("Background saving error")
            saving.hasFailed = true
        // Redis ends its child by SIGUSR1, which is no failure.
        case .abandoned: log.warning("Background saving terminated by signal 10")
        }
    }

    /// Writes are refused while what has been written cannot be saved, if the settings want that.
    mutating func refuseWritesIfUnsaved() {
        let refuses = settings.stopsWritesOnSaveError && !settings.savePoints.isEmpty && saving.hasFailed
        restrictServer(.unsaved, refuses)
    }
}
