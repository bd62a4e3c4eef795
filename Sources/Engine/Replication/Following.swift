// Whom this server follows: nobody, or another server, whose changes it repeats. What that changes for its own clients
// is put in force here.

internal import Platform

extension CommandContext {
    /// This server repeats another one's changes.
    @inline(__always) var follows: Bool { settings.primary != nil }

    /// From now on this server follows another one.
    mutating func follow(_ primary: PrimaryAddress) {
        let wasPrimary = !follows
        settings.primary = nil
        endLink()
        settings.primary = primary
        unblockClients()
        if wasPrimary {
            link.canResume = hasBacklog
            if link.canResume {
                log.notice(
                    "Before turning into a replica, using my own master parameters to synthesize a cached master: I "
                        + "may be able to synchronize with the new master with just a partial transfer.")
            }
            endOwnStream()
            link.applied = replicationOffset
            link.downSince = 0
        }
        link.phase = .apart
        roleHasChanged()
        log.notice("Connecting to MASTER \(primary.text)")
        connectToPrimary()
    }

    /// From now on this server follows nobody.
    mutating func followNobody() {
        guard follows else { return }
        settings.primary = nil
        endLink()
        link.phase = .none
        (link.canResume, link.downSince) = (false, 0)
        beginOwnHistory()
        roleHasChanged()
        // It was closed for a snapshot that has not come.
        if settings.appendOnly, appendOnly.state == .off { try? switchLog() }
    }

    private mutating func roleHasChanged() {
        try? tellOutOfMemoryScore()
        noteRole()
        countGoodReplicas()
        noteMemory()
    }

    /// The server starts as a replica.
    mutating func followAtStart() {
        guard follows, link.phase == .none else { return }
        link.phase = .apart
        endOwnStream()
        noteRole()
    }

    /// What the role and the link mean for clients.
    mutating func noteRole() {
        let isStale = link.phase != .streams && !settings.servesStaleData
        restrictServer(.readOnlyReplica, follows && settings.replicaIsReadOnly)
        restrictServer(.staleData, follows && isStale)
        keyspace.expiryIsPaused = follows || pause.isInForce || loading.isInForce
        keyspace.feed.noteOwnChanges(notesOwnChanges)
        if !follows {
            _ = keyspace.feed.takeOwnChanges()
            ownDeadlines = OwnDeadlines()
        }
        if log.role != "C" { log.role = follows ? "S" : "M" }
    }

    /// Who waits for something that another server will decide now waits no more.
    private mutating func unblockClients() {
        for client in clients.identifiers where blocked.contains(client) {
            giveUp(
                client,
                error: "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)")
            if clients.contains(client) { clients[client].flags.insert(.closesAfterReply) }
        }
    }

    // MARK: What is shown

    /// The role, and behind it what INFO says of the server that is followed.
    var roleLines: String {
        guard let primary = settings.primary else { return "master" }
        let silence = link.phase == .streams ? max(0, now - link.heardAt) / 1000 : -1
        let received = link.applied + link.pending.count + unreadOfStream
        var text =
            "slave\r\nmaster_host:\(primary.host)\r\nmaster_port:\(primary.port)"
            + "\r\nmaster_link_status:\(link.phase == .streams ? "up" : "down")"
            + "\r\nmaster_last_io_seconds_ago:\(silence)"
            + "\r\nmaster_sync_in_progress:\(link.isSynchronizing ? 1 : 0)"
            + "\r\nslave_read_repl_offset:\(received)\r\nslave_repl_offset:\(link.applied)"
        if link.isSynchronizing { text += transferLines }
        if link.phase != .streams {
            let seconds = link.downSince == 0 ? -1 : max(0, now - link.downSince) / 1000
            text += "\r\nmaster_link_down_since_seconds:\(seconds)"
        }
        return text + "\r\nslave_priority:\(settings.replicaPriority)"
            + "\r\nslave_read_only:\(settings.replicaIsReadOnly ? 1 : 0)"
            + "\r\nreplica_announced:\(settings.replicaIsAnnounced ? 1 : 0)"
    }

    /// What has been received of the stream and is no complete request.
    private var unreadOfStream: Int { link.phase == .streams ? clients[link.client].input.buffer.count : 0 }

    private var transferLines: String {
        var size = 0
        if case .size(let known) = link.end { size = known }
        let share = size > 0 ? Double(link.received) / Double(size) * 100 : 0
        return "\r\nmaster_sync_total_bytes:\(size)\r\nmaster_sync_read_bytes:\(link.received)"
            + "\r\nmaster_sync_left_bytes:\(size - link.received)\r\nmaster_sync_perc:\(share.text(digits: 2))"
            + "\r\nmaster_sync_last_io_seconds_ago:\(max(0, now - link.heardAt) / 1000)"
    }
}
