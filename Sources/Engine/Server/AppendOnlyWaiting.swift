// Clients that wait until what they have written is safe in the append-only file.

/// A client of WAITAOF.
struct SyncWait {
    let client: ClientIdentifier
    let number: UInt64
    /// Of how many replicas it wants to hear as well: none ever answers.
    let replicas: Int64
}

extension CommandContext {
    /// Whether everything is safe that the client has changed.
    func hasSafeWrites(_ client: ClientIdentifier) -> Bool {
        appendOnly.state == .on && clients[client].loggedPosition <= appendOnly.safePosition
    }

    /// The client of the running command is about to wait.
    mutating func waitForSync(replicas: Int64) {
        appendOnly.waits.append(SyncWait(client: current, number: client.number, replicas: replicas))
    }

    /// More is safe than before, or the log has been switched: whoever waited for that goes on.
    mutating func answerSyncWaits() {
        if appendOnly.waits.isEmpty { return }
        let isOff = appendOnly.state == .off
        var rest: [SyncWait] = []
        for wait in appendOnly.waits where isCurrent(wait) {
            if isOff {
                giveUp(
                    wait.client,
                    error: "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
            } else if wait.replicas == 0, hasSafeWrites(wait.client) {
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
