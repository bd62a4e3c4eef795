// From SYNC or PSYNC to the snapshot's first byte. A replica that asks waits for a snapshot of its own, or shares it
// with others that ask meanwhile; from its first moment on every change waits for the replica behind it. The snapshot
// goes through a file without a name, so that neither a slow replica nor what it has not read yet holds anybody up.
// There is no partial resynchronisation: who asks for one gets everything, as the protocol allows.

internal import Platform

extension CommandContext {
    /// SYNC, or PSYNC if it `acknowledges`: the client gets everything instead of a reply.
    mutating func requestSynchronization(acknowledges: Bool) throws(CommandError) {
        if !client.flags.isDisjoint(with: [.isReplica, .isMonitor]) || replicas.index(of: current) != nil { return }
        guard client.output.isEmpty else {
            throw .because("ERR SYNC and PSYNC are invalid with pending output")
        }
        let introduction = replicas.introductions[current] ?? ReplicaIntroduction()
        if introduction.leavesOutData || introduction.leavesOutFunctions, !introduction.understandsMark {
            throw .because("ERR Filtered replica requires EOF capability")
        }
        let name = replicaName(current)
        log.notice("Replica \(name) asks for synchronization")
        replicas.fullCount += 1
        replicas.all.append(
            Replica(client: current, acknowledges: acknowledges, introduction: introduction, askedAt: now))
        replicas.hasWork = true
        // What it says from here on is said by a replica.
        attention.insert(.stops)
        clients.makeReady(current)
    }

    /// How the log calls it.
    func replicaName(_ client: ClientIdentifier) -> String {
        let introduction = replicas.introductions[client] ?? ReplicaIntroduction()
        let address = replicaAddress(client, introduction)
        return introduction.port == 0 ? "\(address):<unknown-replica-port>" : "\(address):\(introduction.port)"
    }

    /// Where it says that it is, or where it is seen.
    func replicaAddress(_ client: ClientIdentifier, _ introduction: ReplicaIntroduction) -> String {
        if !introduction.address.isEmpty { return String(decoding: introduction.address, as: UTF8.self) }
        return clients.contains(client) ? clients[client].peer.host : "?"
    }

    // MARK: The beginning

    /// The end of a turn with replicas that are not done: snapshots begin, and what there is of them is sent.
    mutating func serveReplicas() {
        for index in replicas.all.indices where replicas.all[index].phase == .asks { admitReplica(index) }
        beginTransferIfDue()
        sendSnapshots()
        replicas.noteWork()
    }

    /// From here on the client is a replica.
    private mutating func admitReplica(_ index: Int) {
        let replica = replicas.all[index], introduction = replica.introduction
        clients[replica.client].flags.insert(.isReplica)
        replicas.all[index].phase = .waits
        let sendsAtOnce = settings.sendsWhileSaving || introduction.leavesOutData || introduction.leavesOutFunctions
        if introduction.understandsMark, sendsAtOnce {
            replicas.all[index].mark = Observation.randomIdentifier()
        }
        if introduction.leavesOutData {
            feedReplicas()
            beginStream(index)
            sendFunctionsOnly(to: index)
        }
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
        let begins = beginSnapshot(
            for: .transfer, version: version, in: directory, temporaryName: name, name: name)
        guard begins, let number = saving.run?.number else {
            for replica in replicas.all where replica.phase == .waits { dropReplica(replica.client) }
            return
        }
        log.notice("Starting BGSAVE for SYNC")
        if needsNewest {
            log.warning(
                "Fields of hashes have a time to live, so the snapshot is of version \(version), which Redis reads "
                    + "from 7.4 on. With rdb-save-version 11 older replicas are sent away instead.")
        }
        replicas.files.append(TransferFile(number: number))
        for index in replicas.all.indices where replicas.all[index].phase == .waits {
            replicas.all[index].snapshot = number
            beginStream(index)
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

    /// The replica hears what the snapshot is, which is that of this moment, and gets all changes behind it.
    private mutating func beginStream(_ index: Int) {
        let replica = replicas.all[index]
        if !replica.introduction.wantsOnlySnapshot {
            keepReplicaLog()
            clients.holdMessages(to: replica.client)
        }
        if replica.acknowledges {
            let identifier = observation.replicationIdentifier
            sendText("+FULLRESYNC \(identifier) \(replicationOffset)\r\n", to: replica.client)
        }
        replicas.all[index].phase = replica.mark == nil ? .expects : .receives
        if let mark = replica.mark { sendText("$EOF:\(mark)\r\n", to: replica.client) }
    }

    /// From now on changes are kept for replicas; the next one says again for which database it is.
    private mutating func keepReplicaLog() {
        if keyspace.feed.replicaLog == nil {
            // What was changed meanwhile is in no stream, so that this is another one.
            observation.renewReplicationIdentifier()
            keyspace.feed.replicaLog = ChangeLog(position: replicas.lastPosition)
            replicas.pingedAt = now / 1000
        }
        keyspace.feed.replicaLog?.forgetDatabase()
    }

}
