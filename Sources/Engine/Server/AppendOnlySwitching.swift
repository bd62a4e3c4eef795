// The log is opened when the server starts, switched on and off while it runs, and finished when it ends.

internal import Platform

extension CommandContext {
    /// Reads which files the log consists of. A manifest that cannot be believed ends the process.
    mutating func readLogManifest() {
        let directory = appendOnlyDirectory
        guard directory.exists, directory.holds(directory.manifestName) else { return }
        let path = directory.path(of: directory.manifestName)
        let text: Word
        do throws(DiskError) { text = try host.disk.contents(of: path) } catch {
            log.warning("Fatal error: can't open the AOF manifest file \(path) for reading: \(error.reason)")
            host.exit(1)
        }
        do throws(AppendOnlyManifestError) { appendOnly.manifest = try AppendOnlyManifest(text) } catch {
            log.warning("\n*** FATAL AOF MANIFEST FILE ERROR ***\n")
            if let line = error.line {
                log.warning("Reading the manifest file, at line \(line.number)\n")
                log.warning(">>> '\(line.text)'\n")
            }
            log.warning("\(error.reason)\n")
            host.exit(1)
        }
    }

    /// Begins to log, when everything is loaded; the process ends if that is not possible.
    mutating func openLogAtStart() {
        guard settings.appendOnly else { return }
        do throws(AppendOnlyFailure) { try openLog() } catch {
            log.warning(error.text)
            host.exit(1)
        }
    }

    private mutating func openLog() throws(AppendOnlyFailure) {
        let directory = appendOnlyDirectory, found = appendOnly.manifest
        try directory.create()
        let isNew = appendOnly.manifest.increments.isEmpty
        if appendOnly.manifest.isEmpty {
            let base = appendOnly.manifest.addBase(
                of: settings.appendFileName, isSnapshot: settings.rewritesAsSnapshot)
            try writeFirstBase(directory.path(of: base.path))
            log.notice("Creating AOF base file \(base.path) on server start")
        }
        let name =
            appendOnly.manifest.increments.last?.path
            ?? appendOnly.manifest.addIncrement(of: settings.appendFileName).path
        let file = try directory.open(name, .append)
        if appendOnly.manifest != found || !directory.holds(directory.manifestName) {
            try directory.write(appendOnly.manifest, insteadOf: found)
        }
        let size: Int
        do throws(DiskError) {
            size = try host.disk.size(of: file)
            // What has been loaded will be seen by clients: it must not be lost after that.
            if settings.appendSync != .no { try host.disk.sync(file) }
        } catch { throw AppendOnlyFailure("Can't sync the append-only file \(name): \(error.reason)") }
        startLogging(to: file, size: size)
        appendOnly.state = .on
        log.notice("\(isNew ? "Creating" : "Opening") AOF incr file \(name) on server start")
    }

    /// From here on changes are logged, and written to `file`.
    mutating func startLogging(to file: DiskFile, size: Int) {
        appendOnly.file = file
        appendOnly.size = size
        appendOnly.syncedSize = size
        if keyspace.feed.commandLog == nil {
            let position = appendOnly.safePosition
            keyspace.feed.beginLog(for: .file, at: position)
        }
        keyspace.feed.commandLog?.forgetDatabase()
        noteSecondOfLog()
    }

    /// Units are dated, if the settings want it.
    mutating func noteSecondOfLog() {
        let second = now / 1000
        if settings.datesLog { keyspace.feed.commandLog?.note(second: second) }
    }

    // MARK: At run time

    /// `appendonly` has another value than the server acts by.
    mutating func switchLog() throws(SettingError) {
        if loading.isInForce { return }
        if !settings.appendOnly { return stopLogging() }
        guard appendOnly.state == .off else { return }
        guard awaitFirstRewrite() else { throw SettingError("Unable to turn on AOF. Check server logs.") }
        appendOnly.lastSync = now / 1000
        if appendOnly.syncFailure != nil { log.warning("AOF reopen, just ignore the AOF fsync error in bio job") }
        if appendOnly.writeFailure != nil { log.warning("AOF reopen, just ignore the last error.") }
        (appendOnly.syncFailure, appendOnly.writeFailure, appendOnly.doubtfulPosition) = (nil, nil, nil)
        noteLogFailures()
    }

    /// What there is now becomes the base of the log, at once or as soon as possible; false if it never can.
    private mutating func awaitFirstRewrite() -> Bool {
        appendOnly.state = .awaitsRewrite
        if let purpose = saving.run?.purpose, purpose != .appendOnlyBase {
            appendOnly.rewrite.isScheduled = true
            log.notice(
                "AOF was enabled but there is already another background operation. An AOF background was scheduled "
                    + "to start when possible.")
            return true
        }
        if isExecutingTransaction {
            appendOnly.rewrite.isScheduled = true
            log.notice(
                "AOF was enabled during a transaction. An AOF background was scheduled to start when possible.")
            return true
        }
        if saving.run != nil {
            log.notice(
                "AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and "
                    + "starting a rewrite now.")
            // What was rewritten for nobody lacks what is changed from now on.
            appendOnly.state = .off
            abandonRewrite()
            appendOnly.state = .awaitsRewrite
        }
        if beginRewrite() { return true }
        appendOnly.state = .off
        log.warning(
            "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs "
                + "for more info about the error.")
        return false
    }

    /// `appendonly no` at run time.
    mutating func stopLogging() {
        guard appendOnly.state != .off else { return }
        writeLog(postponing: false)
        if let file = appendOnly.file {
            appendOnly.syncing.drain()
            do throws(DiskError) { try host.disk.sync(file) } catch {
                log.warning("Fail to fsync the AOF file: \(error.reason)")
            }
            try? host.disk.close(file)
        }
        takeSyncOutcomes()
        (appendOnly.file, appendOnly.state) = (nil, .off)
        (appendOnly.size, appendOnly.syncedSize) = (0, 0)
        appendOnly.postponedSince = nil
        appendOnly.rewrite.isScheduled = false
        abandonRewrite()
        stopCollecting()
        noteLogFailures()
        answerSyncWaits()
    }

    /// From here on nothing is logged; positions go on with the next log.
    mutating func stopCollecting() {
        let position = keyspace.feed.commandLog?.position ?? appendOnly.safePosition
        appendOnly.safePosition = max(appendOnly.safePosition, position)
        keyspace.feed.endLog(for: .file)
    }

    /// The end of the server: everything is written and safe. False if that would lose what the log is to begin with.
    mutating func finishLog(forced: Bool) -> Bool {
        if saving.run?.purpose == .appendOnlyBase {
            if appendOnly.state == .awaitsRewrite {
                log.warning(forced ? "Writing initial AOF. Exit anyway." : "Writing initial AOF, can't exit.")
                if !forced { return false }
            }
            log.warning("There is a child rewriting the AOF. Killing it!")
            abandonRewrite()
        }
        guard appendOnly.state != .off else { return true }
        log.notice("Calling fsync() on the AOF file.")
        writeLog(postponing: false)
        appendOnly.syncing.drain()
        guard let file = appendOnly.file else { return true }
        do throws(DiskError) { try host.disk.sync(file) } catch {
            log.warning("Fail to fsync the AOF file: \(error.reason).")
        }
        return true
    }

    /// DEBUG LOADAOF: what is in memory makes way for what the log says.
    mutating func reloadLog() throws(CommandError) {
        let (client, noted, began) = (current, attention, timingStart)
        if appendOnly.state == .on { writeLog(postponing: false) }
        stopCollecting()
        // What is read is what replicas have.
        var replicaLog: ChangeLog?
        swap(&replicaLog, &keyspace.feed.replicaLog)
        defer { swap(&replicaLog, &keyspace.feed.replicaLog) }
        keyspace.flushAllAndGiveBack()
        flushLibraries()
        if appendOnly.state == .on { readLogManifest() }
        removeLogHistory()
        let isLoaded = loadLogAtOnce()
        if let file = appendOnly.file {
            startLogging(to: file, size: (try? host.disk.size(of: file)) ?? appendOnly.size)
        }
        begin(for: client)
        (attention, timingStart) = (noted, began)
        guard isLoaded else { throw .because("ERR Error trying to load the AOF files, check server logs.") }
        log.notice("Append Only File loaded by DEBUG LOADAOF")
    }
}
