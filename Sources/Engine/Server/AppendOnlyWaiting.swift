// Clients that wait until what they have written is safe in the append-only file.

/// A client of WAITAOF.
struct SyncWait {
    let client: ClientIdentifier
    let number: UInt64
    /// It wants to be safe in the file of this server.
    let here: Bool
    /// In the files of so many replicas it wants to be safe as well.
    let replicas: Int64
}

extension CommandContext {
    /// Whether everything is safe that the client has changed.
    func hasSafeWrites(_ client: ClientIdentifier) -> Bool {
        appendOnly.state == .on && clients[client].loggedPosition <= appendOnly.safePosition
    }

    /// The client of the running command is about to wait.
    mutating func waitForSync(here: Bool, replicas count: Int64) {
        appendOnly.waits.append(SyncWait(client: current, number: client.number, here: here, replicas: count))
        if count > 0 { replicas.asksForAcknowledgement = true }
    }

    /// More is safe than before, or the log has been switched: whoever waited for that goes on.
    mutating func answerSyncWaits() {
        if appendOnly.waits.isEmpty { return }
        let isOff = appendOnly.state == .off
        var rest: [SyncWait] = []
        for wait in appendOnly.waits where isCurrent(wait) {
            let count = replicas.count(securing: clients[wait.client].replicatedPosition)
            if isOff, wait.here {
                giveUp(
                    wait.client,
                    error: "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
            } else if wait.replicas <= Int64(count), !wait.here || hasSafeWrites(wait.client) {
                giveUp(wait.client, error: nil)
            } else {
                rest.append(wait)
            }
        }
        appendOnly.waits = rest
    }

    private func isCurrent(_ wait: SyncWait) -> Bool {
        clients.contains(wait.client) && clients[wait.client].number == wait.number && blocked.contains(wait.client)
            && blocked[wait.client].lateAnswer == .written
    }
}
