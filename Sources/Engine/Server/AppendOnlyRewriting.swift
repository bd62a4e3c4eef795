// The append-only file is rewritten: a snapshot becomes the new base, and from its moment on changes go to a new
// increment. When the base is whole, a new manifest makes history of everything before it. A server whose log is
// switched on begins with that: until the first base is there, changes go to a file that no manifest names.

internal import Platform

extension CommandContext {
    // MARK: The beginning

    /// Rewrites now; false, and a line in the log, if that is not possible.
    mutating func beginRewrite() -> Bool {
        guard saving.run == nil else { return false }
        do throws(AppendOnlyFailure) {
            try appendOnlyDirectory.create()
            try openNextIncrement()
        } catch {
            log.warning(error.text)
            appendOnly.rewrite.hasFailed = true
            return false
        }
        appendOnly.rewrite.count += 1
        let process = host.processIdentifier
        let begins = beginSnapshot(
            for: .appendOnlyBase, form: settings.rewritesAsSnapshot ? .rdb : .commands, in: ".",
            temporaryName: TemporaryFile(.rewrite, of: process).name,
            name: TemporaryFile(.rewriteOfChild, of: process).name)
        guard begins else { return false }
        log.notice("Background append only file rewriting started by pid \(process)")
        appendOnly.rewrite.isScheduled = false
        appendOnly.rewrite.startedAt = now
        appendOnly.rewrite.startPosition = keyspace.feed.logPosition
        return true
    }

    /// What is logged so far goes to the increment that there is, and everything else to a new one.
    private mutating func openNextIncrement() throws(AppendOnlyFailure) {
        guard appendOnly.state != .off else { return }
        writeLog(postponing: false)
        // What the old increment does not get would be in the snapshot, and once more in the new one.
        guard keyspace.feed.logSize == 0 else {
            throw AppendOnlyFailure("Can't rewrite the AOF while writing to it fails.")
        }
        let directory = appendOnlyDirectory
        var manifest = appendOnly.manifest
        let name: String
        if appendOnly.state == .awaitsRewrite {
            name = directory.temporaryIncrementName
        } else {
            name = manifest.addIncrement(of: settings.appendFileName).path
        }
        let file = try directory.open(name, .create)
        if appendOnly.state == .on {
            do throws(AppendOnlyFailure) { try directory.write(manifest, insteadOf: appendOnly.manifest) } catch {
                try? host.disk.close(file)
                appendOnly.manifestIsInDoubt = error.leavesDoubt
                throw error
            }
            appendOnly.manifest = manifest
        }
        log.notice("Creating AOF incr file \(name) on background rewrite")
        if let old = appendOnly.file { leave(old) }
        startLogging(to: file, size: 0)
    }

    /// The file gets no more changes: it is synced and closed in the background.
    private mutating func leave(_ file: DiskFile) {
        let position = keyspace.feed.commandLog?.writtenPosition ?? appendOnly.safePosition
        appendOnly.syncing.submitWaiting(.finish(file, position: position))
        appendOnly.lastSync = now / 1000
        appendOnly.file = nil
    }

    // MARK: The end

    /// The snapshot that was to become the base has ended.
    mutating func appendOnlyBaseHasEnded(_ run: SnapshotRun, _ result: SnapshotResult) {
        switch result {
        case .saved:
            let name = DiskPath.name(of: run.plan.path)
            log.notice("Successfully created the temporary AOF base file \(name)")
            log.notice("Background AOF rewrite terminated with success")
            do throws(AppendOnlyFailure) { try install(run.plan) } catch {
                log.warning(error.text)
                removeInBackground(run.plan.path)
                rewriteFailed()
            }
        case .failed(let error, _):
            log.warning("Write error writing append only file on disk: \(error.reason)")
            log.warning("Background AOF rewrite terminated with error")
            rewriteFailed()
        case .abandoned: break
        }
        if appendOnly.state == .awaitsRewrite { dropTemporaryIncrement() }
        appendOnly.rewrite.lastSeconds = appendOnly.rewrite.startedAt.map { now / 1000 - $0 / 1000 } ?? -1
        appendOnly.rewrite.startedAt = nil
    }

    private mutating func rewriteFailed() {
        appendOnly.rewrite.hasFailed = true
        appendOnly.rewrite.failuresInARow += 1
    }

    /// The new base takes its place; everything before it is history.
    private mutating func install(_ plan: RDBFilePlan) throws(AppendOnlyFailure) {
        let directory = appendOnlyDirectory
        var manifest = appendOnly.manifest
        let base = manifest.addBase(of: settings.appendFileName, isSnapshot: plan.form == .rdb)
        let basePath = directory.path(of: base.path), draft = DiskPath.name(of: plan.path)
        try moveIntoPlace(plan.path, to: basePath, "base", named: draft, basePath)
        log.notice("Successfully renamed the temporary AOF base file \(draft) into \(base.path)")
        var increment: AppendOnlyPart?
        do throws(AppendOnlyFailure) {
            if appendOnly.state == .awaitsRewrite {
                let new = manifest.addIncrement(of: settings.appendFileName)
                let name = directory.temporaryIncrementName
                let (from, to) = (directory.path(of: name), directory.path(of: new.path))
                try moveIntoPlace(from, to: to, "incr", named: from, to)
                log.notice("Successfully renamed the temporary AOF incr file \(name) into \(new.path)")
                increment = new
            }
            manifest.retireIncrements(keepingLast: appendOnly.file == nil ? 0 : 1)
            try? host.disk.syncDirectory(directory.path)
            try directory.write(manifest, insteadOf: appendOnly.manifest)
        } catch {
            appendOnly.manifestIsInDoubt = error.leavesDoubt
            if !error.leavesDoubt {
                removeInBackground(basePath)
                if let increment { removeInBackground(directory.path(of: increment.path)) }
            }
            throw error
        }
        appendOnly.manifest = manifest
        if appendOnly.state != .off {
            appendOnly.totalSize = (size(of: base.path, directory) ?? 0) + appendOnly.size
            appendOnly.baseSize = appendOnly.totalSize
        }
        removeLogHistory()
        settleDoubt()
        appendOnly.rewrite.hasFailed = false
        appendOnly.rewrite.failuresInARow = 0
        log.notice("Background AOF rewrite finished successfully")
        if appendOnly.state == .awaitsRewrite {
            appendOnly.state = .on
            answerSyncWaits()
        }
    }

    /// What may have been dropped before the rewrite began is in the new base.
    private mutating func settleDoubt() {
        guard let position = appendOnly.doubtfulPosition, position <= appendOnly.rewrite.startPosition else { return }
        appendOnly.doubtfulPosition = nil
        // Another sync tells those who wait.
        appendOnly.syncedSize = min(appendOnly.syncedSize, appendOnly.size - 1)
    }

    private mutating func moveIntoPlace(
        _ path: String, to target: String, _ kind: String, named name: String, _ newName: String
    ) throws(AppendOnlyFailure) {
        let began = Ticks.now
        do throws(DiskError) { try host.disk.rename(path, to: target) } catch {
            throw AppendOnlyFailure(
                "Error trying to rename the temporary AOF \(kind) file \(name) into \(newName): \(error.reason)")
        }
        noteLatency(of: .logRename, since: began)
    }

    /// What was logged while the first base was made is worth nothing without it. Another attempt follows.
    private mutating func dropTemporaryIncrement() {
        if let file = appendOnly.file { try? host.disk.close(file) }
        (appendOnly.file, appendOnly.size, appendOnly.syncedSize) = (nil, 0, 0)
        stopCollecting()
        let name = appendOnlyDirectory.temporaryIncrementName
        log.notice("Removing the temp incr aof file \(name) in the background")
        removeInBackground(appendOnlyDirectory.path(of: name))
        appendOnly.rewrite.isScheduled = true
    }

    /// Gives up the rewrite that is going on, if there is one.
    mutating func abandonRewrite() {
        guard saving.run?.purpose == .appendOnlyBase else { return }
        log.notice("Killing running AOF rewrite child: \(host.processIdentifier)")
        abandonSnapshot()
        appendOnly.rewrite.startedAt = nil
    }

    // MARK: Of its own accord

    /// Periodic work: a rewrite that was put off, or that the growth of the file asks for.
    mutating func rewriteIfDue() {
        guard saving.run == nil, !loading.isInForce else { return }
        if _slowPath(appendOnly.manifestIsInDoubt) { settleManifest() }
        if appendOnly.rewrite.isScheduled || isLogDoubtful, !isRewritingLimited() {
            if isLogDoubtful { log.notice("Rewriting the AOF file, of which a failed fsync may have lost a part") }
            _ = beginRewrite()
            return
        }
        guard appendOnly.state == .on, settings.rewritePercentage > 0,
            appendOnly.totalSize > settings.rewriteMinimumSize
        else { return }
        let base = Double(max(1, appendOnly.baseSize))
        let growth = Int((Double(appendOnly.totalSize) * 100 / base).rounded(.down)) - 100
        guard growth >= settings.rewritePercentage, !isRewritingLimited() else { return }
        log.notice("Starting automatic rewriting of AOF on \(growth)% growth")
        _ = beginRewrite()
    }

    /// The disk works again, but not all that was written may be there.
    private var isLogDoubtful: Bool {
        appendOnly.state == .on && appendOnly.doubtfulPosition != nil && appendOnly.syncFailure == nil
    }

    /// After several failures the next attempt waits, longer each time: every one leaves an increment behind.
    private mutating func isRewritingLimited() -> Bool {
        let second = now / 1000
        guard appendOnly.rewrite.failuresInARow >= AppendOnlyRewrite.mostFailuresInARow else {
            (appendOnly.rewrite.delayMinutes, appendOnly.rewrite.nextAttempt) = (0, 0)
            return false
        }
        if appendOnly.rewrite.nextAttempt != 0 {
            if second < appendOnly.rewrite.nextAttempt { return true }
            appendOnly.rewrite.nextAttempt = 0
            return false
        }
        let delay = appendOnly.rewrite.delayMinutes
        let minutes = delay == 0 ? 1 : min(delay * 2, AppendOnlyRewrite.mostDelayMinutes)
        appendOnly.rewrite.delayMinutes = minutes
        appendOnly.rewrite.nextAttempt = second + minutes * 60
        log.warning(
            "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in \(minutes) minutes")
        return true
    }

    // MARK: Files that come and go

    /// The base of a log that begins with nothing.
    func writeFirstBase(_ path: String) throws(AppendOnlyFailure) {
        let draft = TemporaryFile(.rewrite, of: host.processIdentifier).name
        var plan = RDBFilePlan(
            temporaryPath: draft, path: path, spillPath: draft + ".spill", directory: DiskPath.directory(of: path))
        plan.form = settings.rewritesAsSnapshot ? .rdb : .commands
        plan.version = settings.plainSnapshotVersion
        plan.fields = RDBFilePlan.fields(now: now, usedMemory: keyspace.memoryUsed, isAppendOnlyBase: true)
        plan.functions = functionLibraries
        plan.date = settings.datesLog ? now / 1000 : nil
        var writer = RDBFileWriter(plan, disk: host.disk)
        do throws(DiskError) {
            try writer.begin()
            try writer.finish()
        } catch {
            writer.abort()
            throw AppendOnlyFailure("Write error writing append only file on disk: \(error.reason)")
        }
    }

    /// Removes the files that a newer base has made superfluous.
    mutating func removeLogHistory() {
        guard !settings.keepsLogHistory, !appendOnly.manifest.history.isEmpty else { return }
        let directory = appendOnlyDirectory
        var manifest = appendOnly.manifest
        for part in manifest.history {
            log.notice("Removing the history file \(part.path) in the background")
            removeInBackground(directory.path(of: part.path))
        }
        manifest.forgetHistory()
        do throws(AppendOnlyFailure) { try directory.write(manifest, insteadOf: appendOnly.manifest) } catch {
            log.warning(error.text)
            appendOnly.manifestIsInDoubt = error.leavesDoubt
        }
        appendOnly.manifest = manifest
    }

    /// It is not known which manifest is on disk: the right one is written again, until that works.
    private mutating func settleManifest() {
        let directory = appendOnlyDirectory, manifest = appendOnly.manifest
        do throws(AppendOnlyFailure) {
            try directory.write(manifest, insteadOf: manifest)
            appendOnly.manifestIsInDoubt = false
        } catch { log.debug(error.text) }
    }

    /// A file that nobody needs.
    func removeInBackground(_ path: String) { appendOnly.removing.submitWaiting(.remove(path)) }
}
