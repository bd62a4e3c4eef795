// From SYNC or PSYNC to the snapshot's first byte. A replica that cannot go on with the stream waits for a snapshot, or
// shares it with others that ask meanwhile; from its first moment on the stream is kept for the replica. The snapshot
// goes through a file without a name, so that neither a slow replica nor what it has not read yet holds anybody up.

internal import Platform

extension CommandContext {
    /// Whether the client may ask for the data.
    mutating func checkSynchronization() throws(CommandError) {
        if follows, link.phase != .streams {
            throw .because("NOMASTERLINK Can't SYNC while not connected with my master")
        }
        guard client.output.isEmpty else {
            throw .because("ERR SYNC and PSYNC are invalid with pending output")
        }
        let introduction = replicas.introductions[current] ?? ReplicaIntroduction()
        if introduction.leavesOutData || introduction.leavesOutFunctions, !introduction.understandsMark {
            throw .because("ERR Filtered replica requires EOF capability")
        }
        let name = replicaName(current)
        log.notice("Replica \(name) asks for synchronization")
    }

    /// SYNC, or PSYNC if it says from where it wants to go on: the client gets a stream instead of a reply.
    mutating func requestSynchronization(from request: ResumptionRequest?) {
        let introduction = replicas.introductions[current] ?? ReplicaIntroduction()
        let name = replicaName(current)
        var replica = Replica(
            client: current, acknowledges: request != nil, introduction: introduction, askedAt: now)
        if let request, let position = positionToContinue(request, name) {
            replica.continues = true
            replica.streamPosition = position
            replicas.partialCount += 1
            let waiting = replicationOffset &- position
            log.notice(
                "Partial resynchronization request from \(name) accepted. Sending \(waiting) bytes of backlog starting "
                    + "from offset \(request.offset).")
        } else {
            replicas.fullCount += 1
            if let request, !request.identifier.hasPrefix("?") { replicas.refusedPartialCount += 1 }
        }
        replicas.all.append(replica)
        replicas.hasWork = true
        // What it says from here on is said by a replica.
        attention.insert(.stops)
        clients.makeReady(current)
    }

    /// Such a client has its stream already, or gets one that it must not be disturbed in.
    var isBeyondSynchronization: Bool {
        !client.flags.isDisjoint(with: [.isReplica, .isMonitor, .isPrimary]) || replicas.index(of: current) != nil
    }

    /// How the log calls it.
    func replicaName(_ client: ClientIdentifier) -> String {
        let introduction = replicas.introductions[client] ?? ReplicaIntroduction()
        let address = replicaAddress(client, introduction)
        return introduction.port == 0 ? "\(address):<unknown-replica-port>" : "\(address):\(introduction.port)"
    }

    /// Where it says that it is, or where it is seen.
    func replicaAddress(_ client: ClientIdentifier, _ introduction: ReplicaIntroduction) -> String {
        if !introduction.address.isEmpty { return introduction.address.oneLine }
        return clients.contains(client) ? clients[client].peer.host : "?"
    }

    // MARK: The beginning

    /// The end of a turn with replicas that are not done: snapshots begin, and what there is of them is sent.
    mutating func serveReplicas() {
        considerFailover()
        for index in replicas.all.indices where replicas.all[index].phase == .asks {
            if replicas.all[index].continues { continueStream(index) } else { admitReplica(index) }
        }
        beginTransferIfDue()
        sendSnapshots()
        replicas.noteWork()
    }

    /// From here on the client is a replica.
    private mutating func admitReplica(_ index: Int) {
        let replica = replicas.all[index], introduction = replica.introduction
        clients[replica.client].flags.insert(.isReplica)
        replicas.all[index].phase = .waits
        createBacklogIfMissing()
        let sendsAtOnce = settings.sendsWhileSaving || introduction.leavesOutData || introduction.leavesOutFunctions
        if introduction.understandsMark, sendsAtOnce {
            replicas.all[index].mark = Observation.randomIdentifier()
        }
        if introduction.leavesOutData {
            feedReplicas()
            beginStream(index, at: replicationOffset)
            return sendFunctionsOnly(to: index)
        }
        guard let run = saving.run else {
            if replicas.all[index].mark != nil, settings.transferDelaySeconds > 0 {
                log.notice("Delay next BGSAVE for diskless SYNC")
            }
            return
        }
        if run.purpose != .transfer {
            log.notice(
                "No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed")
        } else if let file = replicas.files.first(where: { $0.number == run.number }), file.isSentWhole {
            attach(index, to: file)
        } else {
            log.notice("Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC")
        }
    }

    /// The replica gets the snapshot that others wait for, if all changes since its beginning are kept for them.
    private mutating func attach(_ index: Int, to file: TransferFile) {
        let introduction = replicas.all[index].introduction
        let other = replicas.all.first {
            $0.snapshot == file.number && $0.phase == .expects
                && ($0.takesChanges || introduction.wantsOnlySnapshot)
                && $0.introduction.hasToldVersion == introduction.hasToldVersion
        }
        guard other != nil, !introduction.leavesOutFunctions else {
            return log.notice("Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC")
        }
        replicas.all[index].mark = nil
        replicas.all[index].snapshot = file.number
        beginStream(index, at: file.streamPosition)
        log.notice("Waiting for end of BGSAVE for SYNC")
    }

    /// Begins a snapshot for all who wait for one, if it is time.
    private mutating func beginTransferIfDue() {
        guard transferIsDue, saving.run == nil, !loading.isInForce else { return }
        // Who asks for as little as Redis 7.0 may understand no newer format. Which Redis it is none of them says.
        let isOld = replicas.all.contains {
            $0.phase == .waits && !$0.introduction.hasToldVersion && !$0.introduction.wantsOnlySnapshot
        }
        let newest = settings.snapshotVersion, needsNewest = keyspace.hasFieldDeadlines
        let version = isOld && !needsNewest ? min(newest, CommandContext.versionWithoutName) : newest
        feedReplicas()
        let directory = settings.directory.isEmpty ? "." : settings.directory
        let name = TemporaryFile(.snapshot, of: host.processIdentifier).name
        let isSentWhole = !replicas.all.contains { $0.phase == .waits && $0.mark != nil }
        log.notice("Starting BGSAVE for SYNC with target: \(isSentWhole ? "disk" : "replicas sockets")")
        let begins = beginSnapshot(
            for: .transfer, version: version, in: directory, temporaryName: name, name: name)
        guard begins, let number = saving.run?.number else {
            log.warning("BGSAVE for replication failed")
            for replica in replicas.all where replica.phase == .waits { dropReplica(replica.client) }
            return
        }
        if needsNewest {
            log.warning(
                "Fields of hashes have a time to live, so the snapshot is of version \(version), which Redis reads "
                    + "from 7.4 on. With rdb-save-version 11 older replicas are sent away instead.")
        }
        let position = replicationOffset
        replicas.files.append(TransferFile(number: number, isSentWhole: isSentWhole, streamPosition: position))
        for index in replicas.all.indices where replicas.all[index].phase == .waits {
            replicas.all[index].snapshot = number
            beginStream(index, at: position)
        }
    }

    /// The format that every version of Redis 7 reads.
    private static let versionWithoutName = 10

    /// The first may not wait any longer, or as many wait as are waited for.
    private var transferIsDue: Bool {
        var waiting = 0, isDue = false
        for replica in replicas.all where replica.phase == .waits {
            waiting += 1
            let delay = Int64(settings.transferDelaySeconds) * 1000
            if replica.mark == nil || replica.introduction.wantsOnlySnapshot || now - replica.askedAt >= delay {
                isDue = true
            }
        }
        return isDue || waiting > 0 && settings.replicasToWaitFor > 0 && waiting >= settings.replicasToWaitFor
    }

    /// The replica hears what the snapshot is, which stands at `position` of the stream, and gets all behind that.
    private mutating func beginStream(_ index: Int, at position: Int) {
        let replica = replicas.all[index]
        replicas.all[index].streamPosition = position
        // The next change says again for which database it is.
        keyspace.feed.replicaLog?.forgetDatabase()
        if replica.acknowledges {
            sendText("+FULLRESYNC \(replicas.history.identifier) \(position)\r\n", to: replica.client)
        }
        replicas.all[index].phase = replica.mark == nil ? .expects : .receives
        if let mark = replica.mark { sendText("$EOF:\(mark)\r\n", to: replica.client) }
    }
}
