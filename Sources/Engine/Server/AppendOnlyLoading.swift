// What the server finds in its append-only file when it starts: the base and its increments, one after the other. What
// is damaged ends the process; a missing end is cut off, on disk too, so that it is missing at every later start.

internal import Platform

extension CommandContext {
    /// What became of loading one part, or all of them.
    enum LogLoading { case complete, truncated, empty, missing, failed }

    /// Loads the append-only file, if the settings want one.
    mutating func loadLog() {
        readLogManifest()
        guard settings.appendOnly else { return }
        let began = Ticks.now
        switch loadLogParts() {
        case .failed: host.exit(1)
        case .missing: break
        default:
            let seconds = seconds(since: began)
            log.notice("DB loaded from append only file: \(seconds) seconds")
        }
    }

    mutating func loadLogParts() -> LogLoading {
        let directory = appendOnlyDirectory
        upgradeOldLog(directory)
        let parts = appendOnly.manifest.parts
        if parts.isEmpty { return .missing }
        guard let sizes = sizes(of: parts, directory) else { return .failed }
        let totalSize = sizes.reduce(0, +)
        if totalSize == 0 { return .empty }
        var result = LogLoading.complete
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            let began = Ticks.now
            result = load(part, directory, isLast: isLast)
            if result == .failed { return .failed }
            let kind = part.kind == .base ? "base" : "incr"
            if result == .empty {
                result = .complete
            } else {
                let seconds = seconds(since: began)
                log.notice("DB loaded from \(kind) file \(part.path): \(seconds) seconds")
            }
        }
        appendOnly.totalSize = totalSize
        appendOnly.baseSize = appendOnly.manifest.base == nil ? 0 : sizes[0]
        return result
    }

    private func seconds(since began: UInt64) -> String {
        (Double(observation.nanoseconds(Ticks.now &- began)) / 1e9).text(digits: 3)
    }

    /// The sizes of all files; nil if one of them cannot be had.
    private mutating func sizes(of parts: [AppendOnlyPart], _ directory: AppendOnlyDirectory) -> [Int]? {
        var sizes: [Int] = []
        for part in parts {
            guard let size = size(of: part.path, directory) else { return nil }
            sizes.append(size)
        }
        return sizes
    }

    /// The size of a part; nil, and a line in the log, if it cannot be had.
    mutating func size(of name: String, _ directory: AppendOnlyDirectory) -> Int? {
        let began = Ticks.now
        defer { noteLatency(of: .logSize, since: began) }
        if let status = host.disk.status(of: directory.path(of: name)) { return status.size }
        log.warning("Unable to obtain the AOF file \(name) length. stat: No such file or directory")
        return nil
    }

    // MARK: One part

    private mutating func load(_ part: AppendOnlyPart, _ directory: AppendOnlyDirectory, isLast: Bool) -> LogLoading {
        let path = directory.path(of: part.path)
        let file: DiskFile, size: Int
        do throws(DiskError) {
            file = try host.disk.open(path, .read)
            size = try host.disk.size(of: file)
        } catch {
            log.warning(
                error.isMissing
                    ? "The append log file \(part.path) doesn't exist: \(error.reason)"
                    : "Fatal error: can't open the append log file \(part.path) for reading: \(error.reason)")
            return .failed
        }
        if size == 0 {
            try? host.disk.close(file)
            return .empty
        }
        if isSnapshot(file) {
            log.notice("Reading RDB base file on AOF loading...")
            log.warning("Error reading the RDB base file \(part.path), AOF loading aborted")
            return .failed
        }
        var replay = AppendOnlyReplay(file, size: size, disk: host.disk)
        replay.begin(&self)
        let progress = replay.step(&self, until: .max)
        replay.end(&self)
        return conclude(progress, part.path, path, wholeEnd: replay.wholeEnd, isLast: isLast)
    }

    /// Whether a file begins as snapshots do.
    private func isSnapshot(_ file: DiskFile) -> Bool {
        var start = Buffer(capacity: 5)
        var space = start.unused
        guard (try? host.disk.read(file, into: &space, at: 0)) == 5 else { return false }
        start.advance(5)
        return start.contents == Bytes("REDIS")
    }

    private mutating func conclude(
        _ progress: AppendOnlyReplay.Progress, _ name: String, _ path: String, wholeEnd: Int, isLast: Bool
    ) -> LogLoading {
        switch progress {
        case .more, .complete: return .complete
        case .unknownCommand(let command):
            log.warning("Unknown command '\(command)' reading the append only file \(name)")
        case .unreadable(let error):
            log.warning("Unrecoverable error reading the append only file \(name): \(error.reason)")
        case .damaged:
            log.warning(
                "Bad file format reading the append only file \(name): make a backup of your AOF file, then use "
                    + "./redis-check-aof --fix <filename.manifest>")
        case .truncated(let inTransaction):
            if inTransaction { log.warning("Revert incomplete MULTI/EXEC transaction in AOF file \(name)") }
            return cut(name, path, wholeEnd, isLast: isLast)
        }
        return .failed
    }

    /// The file ends too early: what is not whole goes, if that is allowed.
    private mutating func cut(_ name: String, _ path: String, _ wholeEnd: Int, isLast: Bool) -> LogLoading {
        guard settings.loadsTruncatedLog else {
            log.warning(
                "Unexpected end of file reading the append only file \(name). You can: 1) Make a backup of your AOF "
                    + "file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the "
                    + "'aof-load-truncated' configuration option to yes and restart the server.")
            return .failed
        }
        log.warning("!!! Warning: short read while loading the AOF file \(name)!!!")
        guard isLast else {
            // It is left as it is: cut short, it would pass for whole at the next start, without its end.
            log.warning("Fatal error: the truncated file is not the last file")
            return .failed
        }
        log.warning("!!! Truncating the AOF \(name) at offset \(wholeEnd) !!!")
        do throws(DiskError) {
            let file = try host.disk.open(path, .append)
            defer { try? host.disk.close(file) }
            try host.disk.truncate(file, to: wholeEnd)
            try host.disk.sync(file)
        } catch {
            log.warning("Error truncating the AOF file \(name): \(error.reason)")
            return .failed
        }
        log.warning("AOF \(name) loaded anyway because aof-load-truncated is enabled")
        return .truncated
    }

    // MARK: The file of older versions

    /// A server before Redis 7 kept one file, beside the snapshot: it becomes the base in the directory.
    private mutating func upgradeOldLog(_ directory: AppendOnlyDirectory) {
        let name = settings.appendFileName
        guard host.disk.exists(name) else { return }
        let manifest = appendOnly.manifest
        let isHalfDone =
            manifest.increments.isEmpty && manifest.base?.path == name && !directory.holds(name)
        guard !directory.exists || manifest.isEmpty || isHalfDone else { return }
        do throws(AppendOnlyFailure) {
            try directory.create()
            appendOnly.manifest.adopt(Word(name.utf8))
            try directory.write(appendOnly.manifest)
            do throws(DiskError) {
                try host.disk.rename(name, to: directory.path(of: name))
                try host.disk.syncDirectory(directory.path)
                try host.disk.syncDirectory(".")
            } catch {
                throw AppendOnlyFailure(
                    "Error trying to move the old AOF file \(name) into dir \(directory.path): \(error.reason)")
            }
        } catch {
            log.warning(error.text)
            host.exit(1)
        }
        log.notice(
            "Successfully migrated an old-style AOF file (\(name)) into the AOF directory (\(directory.path)).")
    }
}
