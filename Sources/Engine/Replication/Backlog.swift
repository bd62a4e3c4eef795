// The last part of the stream of changes, kept once for all: replicas are sent it from where each of them is, and who
// comes back goes on from there. It begins with the first replica, is as long as the settings say, or as the slowest
// replica needs, and goes when nobody has followed for long.

internal import Platform

extension CommandContext {
    /// Where the stream of changes ends now.
    var replicationOffset: Int { keyspace.feed.replicaPosition ?? replicas.backlogEnd ?? replicas.lastPosition }

    /// What INFO says: where it begins, counted from one, and how long it is; nil if there is none.
    var backlogExtent: (firstOffset: Int, count: Int)? {
        guard let start = replicas.backlogStart else { return nil }
        return (start &+ 1, replicationOffset &- start)
    }

    // MARK: The beginning and the end

    /// The first replica: from now on all changes are kept. What was changed before is in no stream, so that this is
    /// another one.
    mutating func createBacklogIfMissing() {
        if hasBacklog { return }
        replicas.history.renew()
        replicas.history.forgetSecond()
        beginBacklog(at: replicas.lastPosition)
        log.notice(
            "Replication backlog created, my new replication IDs are '\(replicas.history.identifier)' and "
                + "'\(replicas.history.secondIdentifier)'")
    }

    var hasBacklog: Bool { replicas.backlogEnd != nil }

    /// The stream is kept from this position on.
    mutating func beginBacklog(at position: Int) {
        replicas.backlog = StreamWindow(at: position)
        replicas.lastPosition = position
        (replicas.aloneSince, replicas.pingedAt) = (now / 1000, now / 1000)
        if !replicas.isFollowing { beginOwnStream() }
    }

    /// Changes of this server are the stream from now on. The first one says for which database it is.
    mutating func beginOwnStream() {
        replicas.isFollowing = false
        if hasBacklog { keyspace.feed.beginLog(for: .replicas, at: replicationOffset) }
    }

    /// Changes of this server go into no stream: it is another server's from now on, and comes by `passOn`.
    mutating func endOwnStream() {
        feedReplicas()
        replicas.lastPosition = replicationOffset
        replicas.isFollowing = true
        keyspace.feed.endLog(for: .replicas)
    }

    /// Nothing of the stream is kept any more, and nothing is added to it.
    mutating func freeBacklog() {
        replicas.lastPosition = replicationOffset
        replicas.asksForAcknowledgement = false
        keyspace.feed.endLog(for: .replicas)
        guard let old = replicas.backlog.take() else { return }
        replicas.oldBacklog = old
        trimOldBacklog()
    }

    private mutating func trimOldBacklog() {
        if replicas.oldBacklog.count == 0 { return }
        replicas.oldBacklog.trim(to: 0, atMost: CommandContext.blocksFreedAtOnce)
        if replicas.oldBacklog.blockCount <= 1 { replicas.oldBacklog = StreamWindow(at: 0) }
    }

    /// A large one is given back bit by bit.
    private static let blocksFreedAtOnce = 1024

    // MARK: Growing

    /// The end of a turn: what has changed goes into the backlog, and from there to all replicas.
    @inline(never) mutating func feedReplicas() {
        if replicas.asksForAcknowledgement, !keyspace.feed.hasOpenUnit, !pause.isInForce {
            replicas.asksForAcknowledgement = false
            keyspace.feed.replicaLog?.appendAside(3) { log in
                log.append(word: "REPLCONF")
                log.append(word: "GETACK")
                log.append(word: "*")
            }
        }
        guard let count = keyspace.feed.replicaLog?.count, count > 0 else { return }
        keyspace.feed.copyReplicaLog(to: &replicas.backlog)
        keyspace.feed.replicaLog?.removeFirst(count)
        streamHasGrown()
    }

    /// The stream of the server that this one follows goes on with these bytes, as they are.
    mutating func passOn(_ bytes: Bytes) {
        replicas.backlog?.append(bytes)
        streamHasGrown()
    }

    private mutating func streamHasGrown() {
        for replica in replicas.all where replica.takesChanges {
            if replica.phase == .online { clients.listForOutput(replica.client) }
            checkOutputLimit(ofReplica: replica)
        }
        trimBacklog()
    }

    /// What is longer than wanted goes, if no replica needs it any more.
    mutating func trimBacklog() {
        trimOldBacklog()
        var needed = Int.max
        for replica in replicas.all {
            if let position = replica.neededPosition { needed = min(needed, position) }
        }
        replicas.backlog?.trim(
            to: settings.backlogSize, keepingFrom: needed, atMost: CommandContext.blocksFreedAtOnce)
    }

    /// Less is never kept, whatever the settings say.
    static let leastBacklogSize = 16 << 10

    /// A replica that does not take what it is sent is sent away, as other clients are. What is kept anyway may wait.
    mutating func checkOutputLimit(ofReplica replica: Replica) {
        guard clients.contains(replica.client), let end = replicas.backlogEnd else { return }
        clients.checkOutputLimit(
            ofReplica: replica.client, besides: max(0, end &- replica.streamPosition), kept: settings.backlogSize)
    }

    // MARK: Time

    /// Once a second: nobody has followed for so long that nobody will go on.
    mutating func tendBacklog() {
        let second = now / 1000, limit = settings.backlogSeconds
        guard hasBacklog, replicas.all.isEmpty, !replicas.isFollowing, limit > 0,
            second - replicas.aloneSince > limit
        else { return }
        // Changes from now on are in no stream, and who has this one must not take it for a later one.
        replicas.history.renew()
        replicas.history.forgetSecond()
        freeBacklog()
        log.notice("Replication backlog freed after \(limit) seconds without connected replicas.")
    }

    // MARK: What it occupies

    /// Of what the stream occupies, the part that is kept because the settings say so. What is more is put down to
    /// replicas, if there are any.
    var backlogMemory: Int {
        replicas.all.isEmpty ? replicas.streamMemory : min(replicas.streamMemory, settings.backlogSize)
    }

    /// Of that, what is more than the settings say: the stream is cut in whole blocks.
    var backlogMemoryBeyond: Int { max(0, backlogMemory &- settings.backlogSize) }

    /// The rest, and what else waits for replicas.
    var replicaMemory: Int {
        // Asked for in every turn: who has no replicas does not pay.
        if _fastPath(replicas.all.isEmpty && !hasBacklog && replicas.oldBacklog.count == 0) { return 0 }
        var sum = replicas.streamMemory &- backlogMemory
        if replicas.oldBacklog.count > 0 { sum &+= replicas.oldBacklog.memoryUsed }
        for replica in replicas.all where clients.contains(replica.client) {
            sum &+= clients[replica.client].output.memoryUsed
        }
        return sum
    }
}
