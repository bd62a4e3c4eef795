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
        let directory = appendOnlyDirectory
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
        try directory.write(appendOnly.manifest)
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
            keyspace.feed.commandLog = ChangeLog(position: position)
        }
        keyspace.feed.commandLog?.forgetDatabase()
        noteSecondOfLog()
    }

    /// Units are dated, if the settings want it.
    mutating func noteSecondOfLog() {
        let second = now / 1000
        if settings.datesLog { keyspace.feed.commandLog?.note(second: second) }
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
        (appendOnly.size, appendOnly.syncedSize, appendOnly.safePosition) = (0, 0, 0)
        appendOnly.postponedSince = nil
        appendOnly.rewrite.isScheduled = false
        keyspace.feed.commandLog = nil
        noteLogFailures()
    }

    /// The end of the server: everything is written and safe.
    mutating func finishLog() {
        guard appendOnly.state != .off else { return }
        log.notice("Calling fsync() on the AOF file.")
        writeLog(postponing: false)
        appendOnly.syncing.drain()
        guard let file = appendOnly.file else { return }
        do throws(DiskError) { try host.disk.sync(file) } catch {
            log.warning("Fail to fsync the AOF file: \(error.reason).")
        }
    }
}
