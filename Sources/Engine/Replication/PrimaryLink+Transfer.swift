// The snapshot of the server that is followed: it goes to a file as it comes, is loaded in slices as at the start of
// the server, and only then takes the place of the last snapshot. Nothing is reserved for what has been announced, and
// what is damaged leads to another try.

internal import Platform

extension CommandContext {
    private static let writtenBackAtOnce = 8 << 20

    /// `$<size>`, or `$EOF:` and a mark.
    mutating func hearSize(_ line: [UInt8]) {
        if line.isEmpty { return }
        let text = line.oneLine
        if line.first == UInt8(ascii: "-") {
            log.warning("MASTER aborted replication with an error: \(text.dropFirst())")
            return breakLink()
        }
        if text.hasPrefix("$EOF:"), line.count >= 5 + PrimaryLink.End.markSize {
            link.end = .mark(Array(line.dropFirst(5).prefix(PrimaryLink.End.markSize)))
            log.notice("MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to disk")
        } else if line.first == UInt8(ascii: "$"), let size = Int(text.dropFirst()), size >= 0 {
            link.end = .size(size)
            log.notice("MASTER <-> REPLICA sync: receiving \(size) bytes from master to disk")
        } else {
            log.warning(
                "Bad protocol from MASTER, the first byte is not '$' (we received '\(text)'), are you sure the host "
                    + "and port are right?")
            return breakLink()
        }
        (link.received, link.writtenBack, link.tail) = (0, 0, [])
        link.path = TemporaryFile.nameOfReceived(second: now / 1000, of: host.processIdentifier)
        do throws(DiskError) {
            link.file = try host.disk.open(link.path, .create)
            link.phase = .receives
            if case .size(0) = link.end { endTransfer() }
        } catch {
            log.warning(
                "Opening the temp file needed for MASTER <-> REPLICA synchronization: \(error.reason)")
            breakLink()
        }
    }

    /// Writes what has come; what follows the snapshot stays.
    mutating func takePieceOfSnapshot() {
        guard let file = link.file else { return breakLink() }
        var count = link.inbox.count
        if case .size(let size) = link.end { count = min(count, size - link.received) }
        guard count > 0 else { return }
        let disk = host.disk
        do throws(DiskError) { try disk.appendAll(file, link.inbox.contents.prefix(count).span) } catch {
            log.warning(
                "Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA "
                    + "synchronization: \(error.reason)")
            return breakLink()
        }
        link.received += count
        if link.received - link.writtenBack >= CommandContext.writtenBackAtOnce {
            disk.startWriteback(file, offset: link.writtenBack, count: link.received - link.writtenBack)
            link.writtenBack = link.received
        }
        switch link.end {
        case .size(let size):
            link.inbox.removeFirst(count)
            if link.received >= size { endTransfer() }
        case .mark(let mark):
            noteTail(count)
            link.inbox.removeFirst(count)
            guard link.tail == mark else { return }
            do throws(DiskError) { try disk.truncate(file, to: link.received - mark.count) } catch {
                log.warning("Error truncating the RDB file received from the master for SYNC: \(error.reason)")
                return breakLink()
            }
            endTransfer()
        }
    }

    private mutating func noteTail(_ count: Int) {
        let kept = min(count, PrimaryLink.End.markSize)
        link.tail += link.inbox.contents.prefix(count).dropping(first: count - kept).array
        link.tail = Array(link.tail.suffix(PrimaryLink.End.markSize))
    }

    /// Nothing is left of a snapshot that is not complete, or has been loaded.
    mutating func dropTransfer() {
        if let file = link.file { try? host.disk.close(file) }
        link.file = nil
        if !link.path.isEmpty { try? host.disk.remove(link.path) }
        link.path = ""
    }

    // MARK: Loading

    /// All is there: the data of now make way for it.
    private mutating func endTransfer() {
        do throws(DiskError) {
            if let file = link.file {
                link.file = nil
                let disk = host.disk
                do throws(DiskError) { try disk.sync(file) } catch {
                    try? disk.close(file)
                    throw error
                }
                try disk.close(file)
            }
        } catch {
            log.warning(
                "Failed trying to sync the temp DB to disk in MASTER <-> REPLICA synchronization: \(error.reason)")
            return breakLink()
        }
        link.phase = .loads
        if saving.run != nil, saving.run?.purpose != .appendOnlyBase {
            log.notice(
                "Replica is about to load the RDB file received from the master, but there is a pending RDB child "
                    + "running. Killing process \(host.processIdentifier) and removing its temp file to avoid any race")
            abandonSnapshot()
        }
        // It begins anew behind the snapshot.
        stopLogging()
        abandonHistory()
        link.isPlain = link.history.isEmpty
        log.notice("MASTER <-> REPLICA sync: Flushing old data")
        emptyForSnapshot()
        log.notice("MASTER <-> REPLICA sync: Loading DB in memory")
        if !startLoadingFromPrimary(link.path) { loadingFromPrimaryHasFailed() }
    }

    private mutating func emptyForSnapshot() {
        if settings.flushesLazily { keyspace.flushAll() } else { keyspace.flushAllAndGiveBack() }
        flushLibraries()
    }

    /// What has been loaded is all there is.
    mutating func loadingFromPrimaryHasSucceeded() {
        keepSnapshotOfPrimary()
        adoptHistory(link.history.isEmpty ? Observation.randomIdentifier() : link.history, at: link.position)
        link.applied = link.position
        link.database = knownDatabase(loading.stream.database)
        beginStream()
        log.notice("MASTER <-> REPLICA sync: Finished with success")
        if settings.appendOnly { try? switchLog() }
    }

    private func knownDatabase(_ index: Int?) -> Int {
        guard let index, 0..<keyspace.databaseCount ~= index else { return 0 }
        return index
    }

    /// The data that were loaded at the start stand at some place of the stream: it can go on from there.
    mutating func resumeFollowing() {
        guard let place = loading.stream.place else { return }
        adoptHistory(place.identifier, at: place.position)
        link.applied = place.position
        link.database = knownDatabase(place.database)
        replicas.followedDatabase = link.database
        link.canResume = true
    }

    /// The snapshot takes the place of the last one, as if it had been saved here, unless nothing is saved here.
    private mutating func keepSnapshotOfPrimary() {
        if settings.appendOnly || !settings.savePoints.isEmpty {
            do throws(DiskError) {
                try host.disk.rename(link.path, to: settings.dumpFile)
                try host.disk.syncDirectory(of: settings.dumpFile)
                link.path = ""
            } catch {
                log.warning(
                    "Failed trying to rename the temp DB into \(settings.dumpFile) in MASTER <-> REPLICA "
                        + "synchronization: \(error.reason)")
            }
        }
        dropTransfer()
    }

    /// The snapshot was none, or damaged: nothing is kept of it.
    mutating func loadingFromPrimaryHasFailed() {
        log.warning("Failed trying to load the MASTER synchronization DB from disk, check server logs.")
        emptyForSnapshot()
        link.canResume = false
        renewLink()
    }
}
