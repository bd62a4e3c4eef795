// What a change of role does to the stream of changes and to those who follow it. Whom this server follows is not known
// here.

extension CommandContext {
    /// This server follows nobody any more: its stream goes on under another name, and who has followed the same server
    /// as this one can go on with it. Replicas learn of the name by coming back.
    mutating func beginOwnHistory() {
        endOwnStreamIfFollowing()
        replicas.history.shift(at: replicationOffset)
        let history = replicas.history
        log.notice(
            "Setting secondary replication ID to \(history.secondIdentifier), valid up to offset: "
                + "\(history.secondOffset). New replication ID is \(history.identifier)")
        dropReplicas()
        replicas.aloneSince = now / 1000
        beginOwnStream()
    }

    private mutating func endOwnStreamIfFollowing() { if !replicas.isFollowing { endOwnStream() } }

    /// This server is about to get all data of another one. Replicas must begin anew as well.
    mutating func abandonHistory() {
        endOwnStreamIfFollowing()
        dropReplicas()
        freeBacklog()
    }

    /// It has got them, as they are at this position of that one's stream.
    mutating func adoptHistory(_ identifier: String, at position: Int) {
        abandonHistory()
        replicas.history.adopt(identifier)
        beginBacklog(at: position)
    }

    /// The server that this one follows, and whose stream it has, calls that otherwise from here on.
    mutating func renameHistory(_ identifier: String) {
        guard identifier != replicas.history.identifier else { return }
        replicas.history.shift(at: replicationOffset, to: identifier)
        dropReplicas()
    }

    /// Ends the connections of all replicas: they come back, and go on if they can.
    mutating func dropReplicas() {
        for replica in replicas.all { dropReplica(replica.client) }
    }
}
