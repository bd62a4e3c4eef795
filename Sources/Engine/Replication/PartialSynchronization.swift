// Replicas that come back: who has the data up to some place of the stream, and names that stream as it is called here,
// is sent what came behind that place, if it is kept, and nothing else.

internal import Platform

/// What a replica has of the stream, as it says: its name, and the first byte that it has not, counted from one.
struct ResumptionRequest {
    let identifier: String
    let offset: Int
}

extension CommandContext {
    /// Where the replica goes on; nil, and the reason in the log, if it must begin anew.
    mutating func positionToContinue(_ request: ResumptionRequest, _ name: String) -> Int? {
        let history = replicas.history
        switch history.mismatch(of: request.identifier, offset: request.offset) {
        case .identifier where request.identifier.hasPrefix("?"), .offset where request.identifier.hasPrefix("?"):
            log.notice("Full resync requested by replica \(name)")
        case .identifier:
            log.notice(
                "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for "
                    + "'\(request.identifier)', my replication IDs are '\(history.identifier)' and "
                    + "'\(history.secondIdentifier)')")
        case .offset:
            log.notice(
                "Partial resynchronization not accepted: Requested offset for second ID was \(request.offset), but I "
                    + "can reply up to \(history.secondOffset)")
        case nil:
            if isKept(request.offset) { return request.offset &- 1 }
            log.notice(
                "Unable to partial resync with replica \(name) for lack of backlog (Replica request was: "
                    + "\(request.offset)).")
            if request.offset > replicationOffset {
                log.warning(
                    "Warning: replica \(name) tried to PSYNC with an offset that is greater than the master "
                        + "replication offset.")
            }
        }
        return nil
    }

    /// Whether the byte of the stream is there, or is the next one. Outside numbers may be any.
    private func isKept(_ offset: Int) -> Bool {
        guard let extent = backlogExtent else { return false }
        return offset >= extent.firstOffset && offset <= extent.firstOffset &+ extent.count
    }

    /// The client, which waited for the end of the turn, goes on from where it is.
    mutating func continueStream(_ index: Int) {
        let replica = replicas.all[index]
        clients[replica.client].flags.insert(.isReplica)
        let name = replica.introduction.understandsNewNames ? " \(replicas.history.identifier)" : ""
        sendText("+CONTINUE\(name)\r\n", to: replica.client)
        replicas.all[index].phase = .online
        replicas.all[index].heardAt = now
        countGoodReplicas()
    }

    // MARK: Sending

    /// Sends a replica what it has not got of the stream, as far as its socket and `left` go.
    mutating func sendStream(
        to client: ClientIdentifier, by network: any Network, _ pieces: inout Pieces, left: inout Int
    ) {
        guard let index = replicas.index(of: client), replicas.all[index].phase == .online else { return }
        while !clients[client].flags.contains(.isSendingBlocked) {
            if left <= 0 {
                clients.listForOutput(client)
                break
            }
            pieces.clear()
            replicas.backlog?.append(from: replicas.all[index].streamPosition, to: &pieces, atMost: left)
            let offered = pieces.byteCount
            if offered == 0 { break }
            clients.statistics.writes &+= 1
            switch network.send(clients[client].descriptor, pieces) {
            case .bytes(let count):
                clients.statistics.bytesSent &+= count
                clients[client].traffic.bytesSent &+= count
                clients[client].lastInteraction = now
                replicas.all[index].streamPosition &+= count
                left &-= count
                if count < offered { clients[client].flags.insert(.isSendingBlocked) }
            case .wouldBlock: clients[client].flags.insert(.isSendingBlocked)
            case .closed: return disconnect(client)
            }
        }
        checkOutputLimit(ofReplica: replicas.all[index])
        trimBacklog()
    }
}
