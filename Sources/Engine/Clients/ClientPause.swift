// CLIENT PAUSE: commands wait with what their clients have said, and are run when the time is over. Nobody spins: a
// client whose command waits is served again when the pause ends. While the lead is handed over writes wait as well,
// whatever clients ask for.

/// Whose commands wait, and until when.
struct ClientPause {
    /// Until when clients want it; zero if they do not.
    fileprivate var endForClients: Int64 = 0
    fileprivate(set) var concernsAll = false
    /// The lead is handed over.
    fileprivate var isForFailover = false
    fileprivate(set) var isInForce = false
    /// Clients whose next command waits.
    fileprivate var postponed: [ClientIdentifier] = []

    /// How many clients wait.
    var waitingCount: Int { postponed.count }

    /// When less waits than now.
    var end: Int64 { endForClients > 0 ? endForClients : .max }
}

extension CommandContext {
    /// Begins a pause, or makes one longer and stricter that is in force.
    mutating func pause(until end: Int64, concerningAll: Bool) {
        pause.concernsAll = concerningAll || pause.concernsAll
        pause.endForClients = max(end, pause.endForClients)
        renewPause()
    }

    /// Ends the pause that clients have asked for; those who waited are served in the next turn.
    mutating func endPause() {
        guard pause.isInForce else { return }
        pause.endForClients = 0
        renewPause()
    }

    @inline(__always) mutating func endPauseIfOver() {
        if _slowPath(pause.isInForce), now >= pause.end { renewPause() }
    }

    /// Writes wait until `endPauseForFailover`.
    mutating func pauseForFailover() {
        pause.isForFailover = true
        renewPause()
    }

    mutating func endPauseForFailover() {
        guard pause.isForFailover else { return }
        pause.isForFailover = false
        renewPause()
    }

    /// Puts in force what is wanted now. If that is less than before, whoever waits tries again.
    private mutating func renewPause() {
        if pause.endForClients <= now { (pause.endForClients, pause.concernsAll) = (0, false) }
        let (wasInForce, concernedAll) = (pause.isInForce, serverRestrictions.contains(.paused))
        pause.isInForce = pause.endForClients > 0 || pause.isForFailover
        keyspace.expiryIsPaused = follows || pause.isInForce || loading.isInForce
        restrictServer(.writesPaused, pause.isInForce)
        restrictServer(.paused, pause.concernsAll)
        guard wasInForce && !pause.isInForce || concernedAll && !pause.concernsAll else { return }
        let postponed = pause.postponed
        pause.postponed = []
        for client in postponed where clients.contains(client) && clients[client].flags.contains(.isPostponed) {
            clients[client].flags.remove(.isPostponed)
            clients.makeReady(client)
        }
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
