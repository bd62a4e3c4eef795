// CLIENT PAUSE: commands wait with what their clients have said, and are run when the time is over. Nobody spins: a
// client whose command waits is served again when the pause ends.

/// Whose commands wait, and until when.
struct ClientPause {
    fileprivate(set) var end: Int64 = 0
    fileprivate(set) var concernsAll = false
    fileprivate(set) var isInForce = false
    /// Clients whose next command waits.
    fileprivate var postponed: [ClientIdentifier] = []

    /// How many clients wait.
    var waitingCount: Int { postponed.count }
}

extension CommandContext {
    /// Begins a pause, or makes one longer and stricter that is in force.
    mutating func pause(until end: Int64, concerningAll: Bool) {
        pause.concernsAll = concerningAll || pause.isInForce && pause.concernsAll
        pause.end = max(end, pause.isInForce ? pause.end : 0)
        guard pause.end > now else { return }
        pause.isInForce = true
        keyspace.expiryIsPaused = true
        restrictServer(.writesPaused, true)
        restrictServer(.paused, pause.concernsAll)
    }

    /// Ends the pause; those who waited are served in the next turn.
    mutating func endPause() {
        guard pause.isInForce else { return }
        let postponed = pause.postponed
        pause = ClientPause()
        keyspace.expiryIsPaused = follows
        restrictServer([.writesPaused, .paused], false)
        for client in postponed where clients.contains(client) && clients[client].flags.contains(.isPostponed) {
            clients[client].flags.remove(.isPostponed)
            clients.makeReady(client)
        }
    }

    @inline(__always) mutating func endPauseIfOver() {
        if _slowPath(pause.isInForce), now >= pause.end { endPause() }
    }

    /// The client is gone, and waits for nothing.
    mutating func forgetPostponed(_ client: ClientIdentifier) {
        guard clients[client].flags.contains(.isPostponed) else { return }
        pause.postponed.removeAll { $0 == client }
        saving.held.removeAll { $0 == client }
    }

    /// The request that was to run waits until the pause ends, and with it what the client has said after it; or, if
    /// `untilSaved`, until the disk has caught up with a snapshot.
    mutating func postpone(untilSaved: Bool) {
        client.flags.insert(.isPostponed)
        if untilSaved { saving.held.append(current) } else { pause.postponed.append(current) }
        attention.formUnion([.stops, .givesBack])
    }
}
