// What the server finds in its append-only file when it starts: the base and its increments, one after the other, in
// the same slices as a snapshot. What is damaged ends the process; a missing end is cut off, on disk too, so that it is
// missing at every later start.

internal import Platform

/// How far the loading of the append-only file has come.
struct AppendOnlyLoader: ~Copyable {
    enum Progress {
        case more
        case complete(LogLoading)
    }

    fileprivate let parts: [AppendOnlyPart]
    fileprivate let sizes: [Int]
    /// Ticks.
    fileprivate let began: UInt64
    fileprivate var partBegan: UInt64 = 0
    /// The part that is being loaded, and how large those before it are.
    fileprivate var index = 0
    fileprivate var bytesBefore = 0
    fileprivate var snapshot: RDBLoader?
    fileprivate var replay: AppendOnlyReplay?

    fileprivate var isOpen: Bool { snapshot != nil || replay != nil }
    fileprivate var part: AppendOnlyPart { parts[index] }
    fileprivate var isLast: Bool { index == parts.count - 1 }
    fileprivate var totalSize: Int { sizes.reduce(0, +) }

    fileprivate init(_ parts: [AppendOnlyPart], sizes: [Int]) {
        (self.parts, self.sizes) = (parts, sizes)
        began = Ticks.now
    }
}

/// What became of loading one part, or all of them.
enum LogLoading { case complete, truncated, empty, missing, failed }

extension CommandContext {
    /// Finds out what there is to be loaded, and leaves that to the next turns. The process ends if it cannot be.
    mutating func startLoadingLog() {
        switch findLog() {
        case .failed: host.exit(1)
        case .missing: break
        case .empty: log.notice("DB loaded from append only file: 0.000 seconds")
        case .complete, .truncated:
            let total = loading.log?.totalSize ?? 0
            beginLoading()
            loading.totalBytes = total
        }
    }

    /// Loads everything at once, as DEBUG LOADAOF does; false if that is not possible.
    mutating func loadLogAtOnce() -> Bool {
        switch findLog() {
        case .failed: return false
        case .missing, .empty: return true
        case .complete, .truncated: break
        }
        beginLoading()
        defer { endLoading() }
        guard var loader = loading.log.take() else { return true }
        while true {
            switch step(&loader, bytes: .max >> 1, until: .max) {
            case .more: continue
            case .complete(let result): return result != .failed
            }
        }
    }

    /// Looks for the parts, and makes the loader of them, if there is something to be loaded.
    private mutating func findLog() -> LogLoading {
        let directory = appendOnlyDirectory
        upgradeOldLog(directory)
        removeUnnamedParts(directory)
        let parts = appendOnly.manifest.parts
        if parts.isEmpty { return .missing }
        var sizes: [Int] = []
        for part in parts {
            guard let size = size(of: part.path, directory) else { return .failed }
            sizes.append(size)
        }
        guard sizes.contains(where: { $0 > 0 }) else { return .empty }
        loading.log = AppendOnlyLoader(parts, sizes: sizes)
        return .complete
    }

    /// The size of a part; nil, and a line in the log, if it cannot be had.
    mutating func size(of name: String, _ directory: AppendOnlyDirectory) -> Int? {
        let began = Ticks.now
        defer { noteLatency(of: .logSize, since: began) }
        if let status = host.disk.status(of: directory.path(of: name)) { return status.size }
        log.warning("Unable to obtain the AOF file \(name) length. stat: No such file or directory")
        return nil
    }

    // MARK: Slices

    private static let sliceMicroseconds: UInt64 = 5000

    /// Loads some more; true when all is loaded. What cannot be loaded ends the process.
    mutating func loadSomeOfLog(bytes: Int) -> Bool {
        guard var loader = loading.log.take() else { return true }
        let deadline = Ticks.now &+ CommandContext.sliceMicroseconds &* Ticks.perMicrosecond
        guard case .complete(let result) = step(&loader, bytes: bytes, until: deadline) else {
            loading.log = consume loader
            return false
        }
        endLoading()
        if result == .failed { host.exit(1) }
        let seconds = seconds(since: loader.began)
        log.notice("DB loaded from append only file: \(seconds) seconds")
        return true
    }

    private func seconds(since began: UInt64) -> String {
        (Double(observation.nanoseconds(Ticks.now &- began)) / 1e9).text(digits: 3)
    }

    private mutating func step(
        _ loader: inout AppendOnlyLoader, bytes: Int, until deadline: UInt64
    ) -> AppendOnlyLoader.Progress {
        if !loader.isOpen, let result = open(&loader) { return finish(result, &loader) }
        if loader.snapshot != nil { return stepSnapshot(&loader, bytes) }
        guard let progress = loader.replay?.step(&self, until: deadline) else { return .complete(.failed) }
        let position = loader.replay?.position ?? 0, wholeEnd = loader.replay?.wholeEnd ?? 0
        loading.loadedBytes = loader.bytesBefore + position
        if case .more = progress { return .more }
        loader.replay?.end(&self)
        loader.replay = nil
        return finish(conclude(progress, loader.part.path, wholeEnd: wholeEnd, isLast: loader.isLast), &loader)
    }

    private mutating func stepSnapshot(_ loader: inout AppendOnlyLoader, _ bytes: Int) -> AppendOnlyLoader.Progress {
        let name = loader.part.path, isOldStyle = name == settings.appendFileName
        let start = loader.snapshot?.offset ?? 0
        let progress = loader.snapshot?.step(&self, through: start + bytes) ?? .damaged
        let end = loader.snapshot?.offset ?? 0
        loading.loadedBytes = loader.bytesBefore + end
        if case .more = progress { return .more }
        loader.snapshot?.close()
        loader.snapshot = nil
        guard case .complete = progress else {
            tellUnreadableBase(name)
            return .complete(.failed)
        }
        if isOldStyle { log.notice("Reading the remaining AOF tail...") }
        if end >= loader.sizes[loader.index] { return finish(.complete, &loader) }
        if let result = openCommands(&loader, from: end) { return finish(result, &loader) }
        return .more
    }

    private mutating func tellUnreadableBase(_ name: String) {
        let isOldStyle = name == settings.appendFileName
        log.warning(
            "Error reading the RDB \(isOldStyle ? "preamble of the AOF" : "base") file \(name), AOF loading aborted")
    }

    /// One part is done: says so, and goes on with the next one.
    private mutating func finish(
        _ result: LogLoading, _ loader: inout AppendOnlyLoader
    ) -> AppendOnlyLoader.Progress {
        if result == .failed { return .complete(.failed) }
        if result != .empty {
            let kind = loader.part.kind == .base ? "base" : "incr"
            let seconds = seconds(since: loader.partBegan), name = loader.part.path
            log.notice("DB loaded from \(kind) file \(name): \(seconds) seconds")
        }
        loader.bytesBefore += loader.sizes[loader.index]
        loader.index += 1
        guard loader.index == loader.parts.count else { return .more }
        appendOnly.totalSize = loader.bytesBefore
        appendOnly.baseSize = loader.parts.first?.kind == .base ? loader.sizes[0] : 0
        return .complete(result)
    }

    // MARK: One part

    /// Opens the next part; what became of it, if there is nothing in it.
    private mutating func open(_ loader: inout AppendOnlyLoader) -> LogLoading? {
        loader.partBegan = Ticks.now
        let name = loader.part.path, path = appendOnlyDirectory.path(of: name)
        guard let start = firstBytes(of: path, name) else { return .failed }
        if start.isEmpty { return .empty }
        guard start == Array("REDIS".utf8) else { return openCommands(&loader, from: 0) }
        log.notice(
            name == settings.appendFileName
                ? "Reading RDB preamble from AOF file..." : "Reading RDB base file on AOF loading...")
        let totalBytes = loading.totalBytes
        var isMissing = false
        var options = RDBLoader.Options()
        options.keepsEndedKeys = true
        loader.snapshot = RDBLoader.open(path, options, &self, isMissing: &isMissing)
        loading.totalBytes = totalBytes
        if loader.snapshot != nil { return nil }
        tellUnreadableBase(name)
        return .failed
    }

    /// The first five bytes of a part, or as many as it has; nil, and a line in the log, if it cannot be read.
    private mutating func firstBytes(of path: String, _ name: String) -> [UInt8]? {
        do throws(DiskError) {
            let file = try host.disk.open(path, .read)
            defer { try? host.disk.close(file) }
            var start = Buffer(capacity: 5)
            var space = start.unused
            let count = try host.disk.read(file, into: &space, at: 0)
            start.advance(count)
            return start.contents.array
        } catch { tellUnopened(name, error) }
        return nil
    }

    private mutating func tellUnopened(_ name: String, _ error: DiskError) {
        log.warning(
            error.isMissing
                ? "The append log file \(name) doesn't exist: \(error.reason)"
                : "Fatal error: can't open the append log file \(name) for reading: \(error.reason)")
    }

    private mutating func openCommands(_ loader: inout AppendOnlyLoader, from position: Int) -> LogLoading? {
        let name = loader.part.path
        do throws(DiskError) {
            let file = try host.disk.open(appendOnlyDirectory.path(of: name), .read)
            let replay = AppendOnlyReplay(
                file, size: try host.disk.size(of: file), from: position, disk: host.disk,
                delay: KeyDelay(microseconds: settings.keyLoadDelay))
            replay.begin(&self)
            loader.replay = consume replay
        } catch {
            tellUnopened(name, error)
            return .failed
        }
        return nil
    }

    private mutating func conclude(
        _ progress: AppendOnlyReplay.Progress, _ name: String, wholeEnd: Int, isLast: Bool
    ) -> LogLoading {
        switch progress {
        case .more, .complete: return .complete
        case .unknownCommand(let command):
            log.warning("Unknown command '\(command)' reading the append only file \(name)")
        case .unreadable(let error):
            log.warning("Unrecoverable error reading the append only file \(name): \(error.reason)")
        case .damaged:
            log.warning("The append only file \(name) is whole up to offset \(wholeEnd) and damaged behind it.")
            log.warning(
                "Bad file format reading the append only file \(name): make a backup of your AOF file, then use "
                    + "./redis-check-aof --fix <filename.manifest>")
        case .truncated(let inTransaction):
            if inTransaction { log.warning("Revert incomplete MULTI/EXEC transaction in AOF file \(name)") }
            return cut(name, wholeEnd, isLast: isLast)
        }
        return .failed
    }

    /// The file ends too early: what is not whole goes, if that is allowed.
    private mutating func cut(_ name: String, _ wholeEnd: Int, isLast: Bool) -> LogLoading {
        guard settings.loadsTruncatedLog else {
            log.warning("The append only file \(name) is whole up to offset \(wholeEnd) and ends behind it.")
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
            let file = try host.disk.open(appendOnlyDirectory.path(of: name), .append)
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
        let isHalfDone = manifest.increments.isEmpty && manifest.base?.path == name && !directory.holds(name)
        guard !directory.exists || manifest.isEmpty || isHalfDone else { return }
        do throws(AppendOnlyFailure) {
            try directory.create()
            appendOnly.manifest.adopt(Word(name.utf8))
            try directory.write(appendOnly.manifest, insteadOf: manifest)
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
