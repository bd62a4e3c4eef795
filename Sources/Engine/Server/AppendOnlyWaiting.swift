// Clients that wait until what they have written is safe in the append-only file.

extension CommandContext {
    /// Whether everything is safe that the client has changed.
    func hasSafeWrites(_ client: ClientIdentifier) -> Bool {
        appendOnly.state == .on && clients[client].loggedPosition <= appendOnly.safePosition
    }

    /// More is safe than before, or the log has been switched: whoever waited for that goes on.
    mutating func answerSyncWaits() {
        guard blocked.hasKeyless else { return }
        for client in blocked.allKeyless where clients.contains(client) && blocked.contains(client) {
            guard case .written(let here, let wanted) = blocked[client].lateAnswer else { continue }
            if here, appendOnly.state == .off {
                giveUp(client, error: "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
                continue
            }
            let count = replicas.count(securing: clients[client].replicatedPosition)
            if wanted <= Int64(count), !here || hasSafeWrites(client) { giveUp(client, error: nil) }
        }
    }
}
