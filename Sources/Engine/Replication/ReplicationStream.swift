// What passes between a replica that has its snapshot and the server, besides changes: signs of life from time to time,
// and how far it has come. Who waits for that is answered.

internal import Platform

extension CommandContext {
    // MARK: What they say

    /// REPLCONF ACK of the client that is served, and FACK if it keeps an append-only file.
    mutating func noteAcknowledgement(_ position: Int, safe: Int?) {
        guard client.flags.contains(.isReplica), let index = replicas.index(of: current) else { return }
        replicas.all[index].position = max(replicas.all[index].position, position)
        if let safe { replicas.all[index].safePosition = max(replicas.all[index].safePosition, safe) }
        replicas.all[index].heardAt = now
        if replicas.all[index].phase == .confirms { putOnline(index) }
        answerAcknowledgementWaits()
        answerSyncWaits()
        noteProgressForFailover()
    }

    private mutating func answerAcknowledgementWaits() {
        guard blocked.hasKeyless else { return }
        for client in blocked.allKeyless where clients.contains(client) && blocked.contains(client) {
            guard case .acknowledged(let wanted) = blocked[client].lateAnswer else { continue }
            let count = replicas.count(acknowledging: clients[client].replicatedPosition)
            if wanted <= Int64(count) { giveUp(client, error: nil) }
        }
    }

    // MARK: Time

    /// Periodic work, done once a second: signs of life, and who gives none.
    mutating func tendReplicas() {
        let second = now / 1000
        guard hasBacklog || replicas.oldBacklog.count > 0 else { return }
        trimBacklog()
        if second == replicas.tendedAt { return }
        replicas.tendedAt = second
        tendBacklog()
        if replicas.all.isEmpty { return }
        // A PING would keep a replica from having everything.
        let mayPing = failover.end == nil
        if mayPing, second - replicas.pingedAt >= settings.replicaPingSeconds {
            replicas.pingedAt = second
            keyspace.feed.replicaLog?.appendAside(1) { $0.append(word: "PING") }
        }
        let silence = Int64(settings.replicaTimeoutSeconds) * 1000
        for replica in replicas.all {
            switch replica.phase {
            case .waits, .expects: sendText("\n", to: replica.client)
            case .receives where now - max(clients[replica.client].lastInteraction, replica.askedAt) > silence:
                dropSilentReplica(replica.client, "full sync")
            case .confirms, .online:
                guard replica.acknowledges, now - replica.heardAt > silence else { continue }
                dropSilentReplica(replica.client, "streaming sync")
            case .asks, .receives, .done: break
            }
        }
        countGoodReplicas()
    }

    private mutating func dropSilentReplica(_ client: ClientIdentifier, _ state: String) {
        let name = replicaName(client)
        log.warning("Disconnecting timedout replica (\(state)): \(name)")
        dropReplica(client)
    }

    /// Writes are refused if fewer replicas than wanted were heard lately.
    mutating func countGoodReplicas() {
        let wanted = settings.minReplicasToWrite, lag = Int64(settings.minReplicasMaxLagSeconds)
        replicas.goodCount = replicas.all.count { $0.isOnline && now / 1000 - $0.heardAt / 1000 <= lag }
        restrictServer(.tooFewReplicas, !follows && wanted > 0 && lag > 0 && replicas.goodCount < wanted)
    }

    // MARK: The end

    /// The end of the server: replicas get what has not been sent yet, if they take it in time.
    mutating func finishReplicas() {
        guard let network = listeners.network else { return }
        feedReplicas()
        var left = settings.shutdownTimeoutSeconds * 1000
        while left > 0 {
            let behind = replicas.all.filter { isBehind($0) }.map(\.client)
            if behind.isEmpty { return }
            for client in behind {
                clients[client].flags.remove(.isSendingBlocked)
                flushWhileBusy(client, network)
            }
            ProcessUsage.sleep(microseconds: 1000)
            left -= 1
        }
        log.warning("Shutting down with replicas that have not got everything.")
    }

    /// It has not been sent all that is to be sent.
    private func isBehind(_ replica: Replica) -> Bool {
        !clients[replica.client].output.isEmpty
            || replica.phase == .online && replica.streamPosition < replicationOffset
    }

    /// Ends the connection of a replica.
    mutating func dropReplica(_ client: ClientIdentifier) {
        if clients.contains(client) { disconnect(client) }
    }

    /// The client is gone: nothing is kept for it any more.
    mutating func forgetReplica(_ client: ClientIdentifier) {
        if _fastPath(replicas.introductions.isEmpty && replicas.all.isEmpty) { return }
        if let index = replicas.index(of: client) {
            let name = replicaName(client)
            log.notice("Connection with replica \(name) lost.")
            let number = replicas.all[index].snapshot
            replicas.all.remove(at: index)
            let isWanted = replicas.all.contains { $0.snapshot == number && $0.phase != .done }
            if saving.run?.purpose == .transfer, saving.run?.number == number, !isWanted {
                log.notice("Diskless rdb transfer, last replica dropped, killing fork child.")
                abandonSnapshot()
            }
            closeUnreadFiles()
            if replicas.all.isEmpty {
                replicas.aloneSince = now / 1000
                replicas.asksForAcknowledgement = false
            }
            countGoodReplicas()
            trimBacklog()
        }
        replicas.introductions[client] = nil
    }

    // MARK: What is shown

    /// The number of replicas, and behind it what INFO says of each.
    var replicaLines: String {
        var text = "\(replicas.all.count { $0.phase != .asks })"
        if settings.minReplicasToWrite > 0, settings.minReplicasMaxLagSeconds > 0 {
            text += "\r\nmin_slaves_good_slaves:\(replicas.goodCount)"
        }
        var index = 0
        for replica in replicas.all where replica.phase != .asks {
            guard let state = replica.stateName else { continue }
            let lag = replica.phase == .online ? max(0, now / 1000 - replica.heardAt / 1000) : 0
            text +=
                "\r\nslave\(index):ip=\(replicaAddress(replica.client, replica.introduction))"
                + ",port=\(replica.introduction.port),state=\(state),offset=\(replica.position),lag=\(lag)"
            index += 1
        }
        return text
    }
}
