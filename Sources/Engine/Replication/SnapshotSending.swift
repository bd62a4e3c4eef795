// Snapshots on their way to replicas: pieces of the file in which one is, or grows, are given to each client as fast as
// it takes them. The file has no name any more as soon as it can be read, so that nothing is left of it whatever
// happens.

internal import Platform

extension CommandContext {
    /// Something can be sent at once, or can begin.
    var canServeReplicas: Bool {
        replicas.all.contains { replica in
            switch replica.phase {
            case .asks: true
            case .receives: clients[replica.client].output.isEmpty && hasMore(for: replica)
            case .waits, .expects, .confirms, .online, .done: false
            }
        }
    }

    private func hasMore(for replica: Replica) -> Bool {
        guard let file = replicas.files.first(where: { $0.number == replica.snapshot }) else { return false }
        return replica.offset < file.size || file.isComplete
    }

    /// Sends text that is no part of the stream.
    mutating func sendText(_ text: String, to client: ClientIdentifier) {
        var bytes = Buffer()
        bytes.append(text: text)
        clients[client].output.append(encoded: bytes.contents)
        clients.listForOutput(client)
    }

    // MARK: The file

    /// The file of the snapshot that is being taken has so many bytes now.
    mutating func transferHasGrown(to size: Int) {
        guard let index = replicas.files.firstIndex(where: { $0.number == saving.run?.number }) else { return }
        openTransfer(index, size, saving.run?.plan)
    }

    private mutating func openTransfer(_ index: Int, _ size: Int, _ plan: RDBFilePlan?) {
        replicas.files[index].size = size
        guard size > 0, replicas.files[index].file == nil, let plan else { return }
        do throws(DiskError) {
            replicas.files[index].file = try host.disk.open(plan.temporaryPath, .read)
        } catch {
            return log.warning("SYNC failed. Can't open the DB for replicas: \(error.reason)")
        }
        // Who has it open can read it to its end.
        try? host.disk.remove(plan.temporaryPath)
    }

    /// The snapshot is complete, or will never be: then who waits for it is told by the end of the connection.
    mutating func transferHasEnded(_ run: SnapshotRun, _ result: SnapshotResult) {
        guard let index = replicas.files.firstIndex(where: { $0.number == run.number }) else { return }
        if case .saved(let size) = result { openTransfer(index, size, run.plan) }
        guard case .saved(let size) = result, replicas.files[index].file != nil else {
            if case .failed(let error, _) = result {
                log.warning("SYNC failed. Write error saving DB for replicas: \(error.reason)")
            }
            for replica in replicas.all where replica.snapshot == run.number && replica.phase != .done {
                dropReplica(replica.client)
            }
            return closeUnreadFiles()
        }
        replicas.files[index].isComplete = true
        log.notice("Background RDB transfer terminated with success")
        for index in replicas.all.indices
        where replicas.all[index].snapshot == run.number && replicas.all[index].phase == .expects {
            sendText("$\(size)\r\n", to: replicas.all[index].client)
            replicas.all[index].phase = .receives
        }
        replicas.noteWork()
        closeUnreadFiles()
    }

    /// Files that nobody reads any more.
    mutating func closeUnreadFiles() {
        for index in replicas.files.indices.reversed() {
            let number = replicas.files[index].number
            let isRead = replicas.all.contains {
                $0.snapshot == number && ($0.phase == .expects || $0.phase == .receives)
            }
            if isRead || saving.run?.number == number { continue }
            if let file = replicas.files[index].file { try? host.disk.close(file) }
            replicas.files.remove(at: index)
        }
    }

    // MARK: Pieces

    private static let pieceSize = 256 << 10

    /// Gives each replica the next piece, if it has taken those before.
    mutating func sendSnapshots() {
        var hasFinished = false
        for replica in replicas.all where replica.phase == .receives {
            guard let index = replicas.index(of: replica.client) else { continue }
            if sendPiece(to: index) { hasFinished = true }
        }
        if hasFinished { closeUnreadFiles() }
    }

    /// True if that was the last one.
    private mutating func sendPiece(to index: Int) -> Bool {
        let replica = replicas.all[index]
        guard let source = replicas.files.first(where: { $0.number == replica.snapshot }),
            clients[replica.client].output.count < CommandContext.pieceSize
        else { return false }
        let wanted = min(CommandContext.pieceSize, source.size - replica.offset)
        if wanted > 0 {
            guard let file = source.file, let count = append(file, at: replica.offset, wanted, to: replica.client)
            else {
                dropReplica(replica.client)
                return true
            }
            replicas.all[index].offset += count
        }
        guard source.isComplete, replicas.all[index].offset >= source.size else { return false }
        endSnapshot(of: index)
        return true
    }

    /// Adds bytes of a file to what waits for a client; nil if they cannot be read.
    private mutating func append(
        _ file: DiskFile, at offset: Int, _ wanted: Int, to client: ClientIdentifier
    ) -> Int? {
        var piece = Buffer(capacity: wanted)
        var unused = piece.unused
        var space = unused._mutatingExtracting(..<wanted)
        do throws(DiskError) {
            let count = try host.disk.read(file, into: &space, at: offset)
            guard count > 0 else { return nil }
            piece.advance(count)
        } catch {
            log.warning("SYNC failed. Read error sending DB to replicas: \(error.reason)")
            return nil
        }
        clients[client].output.append(encoded: piece.contents)
        clients.listForOutput(client)
        return piece.count
    }

    /// The replica has been given all of its snapshot.
    private mutating func endSnapshot(of index: Int) {
        let replica = replicas.all[index]
        if let mark = replica.mark { sendText(mark, to: replica.client) }
        if replica.introduction.wantsOnlySnapshot {
            replicas.all[index].phase = .done
            let name = replicaName(replica.client)
            log.notice("RDB transfer completed, rdb only replica (\(name)) should be disconnected asap")
        } else if replica.mark == nil {
            putOnline(index)
        } else {
            // What follows the mark at once might be taken for a part of the snapshot.
            replicas.all[index].phase = .confirms
            replicas.all[index].heardAt = now
            countGoodReplicas()
        }
    }

    /// The replica gets the changes that have waited, and all that come.
    mutating func putOnline(_ index: Int) {
        let client = replicas.all[index].client
        replicas.all[index].phase = .online
        replicas.all[index].heardAt = now
        clients.listForOutput(client)
        countGoodReplicas()
        let name = replicaName(client)
        log.notice("Synchronization with replica \(name) succeeded")
    }

    /// A replica that wants no data: the rest is so small that it is sent at once.
    mutating func sendFunctionsOnly(to index: Int) {
        let replica = replicas.all[index]
        var plan = RDBFilePlan(temporaryPath: "", path: "", spillPath: "", directory: "")
        plan.version = settings.plainSnapshotVersion
        plan.fields = RDBFilePlan.fields(
            now: now, usedMemory: memoryParts.used, isAppendOnlyBase: false, stream: streamFields)
        if !replica.introduction.leavesOutFunctions { plan.functions = functionLibraries }
        var writer = ObjectWriter(.never, version: plan.version)
        writer.append(headOf: plan)
        writer.append(opcode: .end)
        let sum = settings.checksumsSnapshots ? CRC64.checksum(of: writer.output.contents) : 0
        writer.append(number: sum, size: 8)
        clients[replica.client].output.append(encoded: writer.output.contents)
        clients.listForOutput(replica.client)
        endSnapshot(of: index)
    }
}
