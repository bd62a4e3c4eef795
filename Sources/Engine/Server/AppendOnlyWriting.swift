// The log leaves the server: at the end of each turn, before replies do, what changed is written, and synced as the
// settings want. Under `always` all clients of the turn share one sync, and none of them hears of a change that is not
// safe. What cannot be written stays, writes are refused, and it is tried again in each turn. A sync that fails may
// have dropped what it was for, and the next one does not write it: under `always` that is taken back and the server
// ends, so that nothing is ever shown that may be lost; else writes are refused until a sync works, and then the file
// is rewritten.

internal import Platform

extension CommandContext {
    /// No turn ends without a sync of the log, if it has changed anything.
    @inline(__always) var syncsEveryTurn: Bool {
        keyspace.feed.logReaders.contains(.file) && settings.appendSync == .always
    }

    var appendOnlyDirectory: AppendOnlyDirectory {
        AppendOnlyDirectory(disk: host.disk, path: settings.appendDirectory, fileName: settings.appendFileName)
    }

    /// The end of a turn: files and replicas get what has changed.
    @inline(__always) mutating func endTurnOfLog() {
        if _slowPath(appendOnly.state != .off) { writeLog(postponing: true) }
        if _slowPath(keyspace.feed.logReaders.contains(.replicas)) { feedReplicas() }
    }

    /// Writes what is logged. With `postponing` it may wait for a sync that is going on.
    @inline(never) mutating func writeLog(postponing: Bool) {
        takeSyncOutcomes()
        guard let file = appendOnly.file else { return }
        let second = now / 1000, sync = settings.appendSync
        let isSyncing = sync == .everySecond && appendOnly.isSyncing
        guard let count = keyspace.feed.commandLog?.count, count > 0 else {
            // The last writes before a silence are to be synced as well.
            guard appendOnly.syncedSize != appendOnly.size else { return }
            if sync == .always || sync == .everySecond && second > appendOnly.lastSync && !isSyncing {
                syncLog(file, grownFrom: appendOnly.size)
            }
            return
        }
        if isSyncing, postponing, count < mostPostponed, postpone(second) { return }
        if _slowPath(appendOnly.sleepMicroseconds > 0) {
            ProcessUsage.sleep(microseconds: appendOnly.sleepMicroseconds)
        }
        let size = appendOnly.size
        guard write(count, to: file, isSyncing) else { return }
        if sync != .no { syncLog(file, grownFrom: size) }
    }

    /// With a limit of memory there is no room for what comes in two seconds.
    private var mostPostponed: Int { account.isLimited ? max(1 << 20, account.limit / 32) : .max }

    /// A write during a sync would wait for the disk: it is put off, but not for long. False if it must be now.
    private mutating func postpone(_ second: Int64) -> Bool {
        guard let since = appendOnly.postponedSince else {
            appendOnly.postponedSince = second
            return true
        }
        if second - since < 2 { return true }
        appendOnly.delayedSyncs += 1
        log.notice(
            """
            Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for \
            fsync 
            """
                + "to complete, this may slow down Redis.")
        return false
    }

    private mutating func write(_ count: Int, to file: DiskFile, _ isSyncing: Bool) -> Bool {
        let began = Ticks.now
        var failure: DiskError?
        do throws(DiskError) {
            try keyspace.feed.writeLog(to: file, of: host.disk, at: appendOnly.size)
        } catch { failure = error }
        noteLatency(
            of: isSyncing ? .logWriteDuringSync : isSavingInBackground ? .logWriteDuringSave : .logWriteAlone,
            since: began)
        noteLatency(of: .logWrite, since: began)
        appendOnly.postponedSince = nil
        if let failure {
            writingFailed(failure, count, file)
            return false
        }
        if appendOnly.writeFailure != nil {
            log.notice("AOF write error looks solved, Redis can write again.")
            appendOnly.writeFailure = nil
            noteLogFailures()
        }
        appendOnly.size += count
        appendOnly.totalSize += count
        keyspace.feed.commandLog?.removeFirst(count)
        return true
    }

    /// What is half written is taken back, so that the file ends with a whole unit at every moment.
    private mutating func writingFailed(_ error: DiskError, _ count: Int, _ file: DiskFile) {
        let second = now / 1000
        let isTold = second - appendOnly.lastComplaint > 30
        if isTold { appendOnly.lastComplaint = second }
        let written = max(0, ((try? host.disk.size(of: file)) ?? appendOnly.size) - appendOnly.size)
        if written == 0 {
            if isTold { log.warning("Error writing to the AOF file: \(error.reason)") }
        } else {
            if isTold {
                log.warning("Short write while writing to the AOF file: (nwritten=\(written), expected=\(count))")
            }
            do throws(DiskError) { try host.disk.truncate(file, to: appendOnly.size) } catch {
                if isTold {
                    log.warning(
                        "Could not remove short write from the append-only file.  Redis may refuse to load the AOF the "
                            + "next time it starts.  ftruncate: \(error.reason)")
                }
            }
        }
        if settings.appendSync == .always {
            log.warning("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...")
            host.exit(1)
        }
        appendOnly.writeFailure = error.reason
        noteLogFailures()
    }

    // MARK: Syncing

    /// Syncs what is written, if it is time. `size` is how large the file was before this turn.
    private mutating func syncLog(_ file: DiskFile, grownFrom size: Int) {
        if settings.skipsSyncWhileSaving, isSavingInBackground { return }
        let second = now / 1000
        let position = keyspace.feed.commandLog?.writtenPosition ?? appendOnly.safePosition
        if settings.appendSync == .always {
            let began = Ticks.now
            do throws(DiskError) { try host.disk.sync(file) } catch {
                log.warning(
                    "Can't persist AOF for fsync error when the AOF fsync policy is 'always': \(error.reason). "
                        + "Exiting...")
                // Nobody has heard of it yet, and no later start must show what may be lost after that.
                try? host.disk.truncate(file, to: size)
                host.exit(1)
            }
            noteLatency(of: .logSync, since: began)
            appendOnly.syncedSize = appendOnly.size
            appendOnly.lastSync = second
            syncSucceeded()
            logIsSafe(upTo: position)
        } else if second > appendOnly.lastSync {
            if !appendOnly.isSyncing, appendOnly.syncing.submit(.sync(file, position: position)) == nil {
                appendOnly.isSyncing = true
                appendOnly.syncedSize = appendOnly.size
            }
            appendOnly.lastSync = second
        }
    }

    /// What the thread that syncs has to tell.
    mutating func takeSyncOutcomes() {
        while let outcome = appendOnly.syncing.takeOutcome() {
            if outcome.isCurrent { appendOnly.isSyncing = false }
            if let failure = outcome.failure {
                if appendOnly.syncFailure == nil { log.warning("Fail to fsync the AOF file: \(failure)") }
                appendOnly.syncFailure = failure
                appendOnly.doubtfulPosition = max(appendOnly.doubtfulPosition ?? 0, outcome.position)
                // Another sync is tried, although nothing may be written meanwhile: if it works, writes may go on.
                appendOnly.syncedSize = min(appendOnly.syncedSize, appendOnly.size - 1)
                noteLogFailures()
            } else {
                syncSucceeded()
                logIsSafe(upTo: outcome.position)
            }
        }
    }

    private mutating func syncSucceeded() {
        guard appendOnly.syncFailure != nil else { return }
        appendOnly.syncFailure = nil
        noteLogFailures()
    }

    private mutating func logIsSafe(upTo position: Int) {
        if appendOnly.doubtfulPosition != nil { return }
        appendOnly.safePosition = max(appendOnly.safePosition, position)
        answerSyncWaits()
    }

    /// While the log fails, nothing may change.
    mutating func noteLogFailures() { restrictServer(.logFails, appendOnly.isFailing) }

    /// What a client hears whose write is refused for that.
    var logFailureText: String {
        "MISCONF Errors writing to the AOF file: \(appendOnly.writeFailure ?? appendOnly.syncFailure ?? "")"
    }

    /// A snapshot is being saved, or the log rewritten.
    var isSavingInBackground: Bool { saving.run != nil }
}
