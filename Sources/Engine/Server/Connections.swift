// What both the event loop and a script that takes long do with sockets: connections are accepted, events noted, and
// replies of the turn sent.

internal import Platform

extension CommandContext {
    /// Connections accepted from one listening socket in one turn.
    private static let mostAccepted = 1000

    // MARK: Events

    /// What the network reports a client's socket under: its number, and its age to tell it from earlier ones.
    @inline(__always) func token(of client: ClientIdentifier) -> UInt64 {
        // The marks of what is not a client are left out.
        UInt64(client) | (clients[client].number & 0x7FFF_FFFF) << 32
    }

    /// Notes what has become of a client's socket; true if there is something to read.
    @inline(__always) mutating func note(_ event: NetworkEvent, of client: ClientIdentifier) -> Bool {
        if event.isWritable, clients[client].flags.contains(.isSendingBlocked) {
            clients[client].flags.remove(.isSendingBlocked)
            clients.listForOutput(client)
        }
        guard event.isReadable else { return false }
        clients[client].flags.insert(.hasUnreadInput)
        if _slowPath(event.isEnding) { clients[client].flags.insert(.isEnding) }
        return true
    }

    // MARK: Connections

    mutating func acceptAll(from listener: Int32, _ network: any Network) {
        guard listeners.contains(listener) else { return }
        let keepalive = Int32(clamping: clients.limits.keepaliveSeconds)
        for _ in 0..<CommandContext.mostAccepted {
            switch network.accept(from: listener, keepaliveSeconds: keepalive) {
            case .connection(let connection): welcome(connection, network)
            case .none: return
            case .refused(let reason):
                clients.statistics.rejected += 1
                log.warning("Error accepting a client connection: accept: \(reason)")
            }
        }
    }

    private mutating func welcome(_ connection: Connection, _ network: any Network) {
        if let farewell = refusal(of: connection) {
            clients.statistics.rejected += 1
            var text = Buffer()
            text.append(farewell)
            _ = network.send(connection.descriptor, text.contents.span)
            return network.close(connection.descriptor)
        }
        clients.statistics.accepted += 1
        let path = listeners.settings.path
        log.verbose(
            connection.peer.hasAddress ? "Accepted \(connection.peer.description)" : "Accepted connection to \(path)")
        connect(connection)
        network.add(connection.descriptor, token: token(of: ClientIdentifier(connection.descriptor)))
    }

    mutating func connect(_ connection: Connection) {
        clients.now = now
        clients.connect(connection, requiresPassword: !settings.password.isEmpty)
    }

    // MARK: Replies

    /// Sends replies of this turn; what the socket does not take waits in the client's queue.
    @inline(__always)
    mutating func send(_ segment: ReplySegment, of reply: borrowing ReplyWriter, by network: any Network) {
        let client = segment.client
        guard clients.contains(client), clients[client].number == segment.number else {
            return
        }
        let descriptor = clients[client].descriptor
        let size = segment.end &- segment.start
        var sent = 0
        if _fastPath(clients[client].output.isEmpty && !reply.hasAttachments) {
            let transfer = network.send(
                descriptor, reply.pending().prefix(segment.end).dropping(first: segment.start).span)
            clients.statistics.writes &+= 1
            switch transfer {
            case .bytes(let count): sent = count
            case .wouldBlock: break
            case .closed: return disconnect(client)
            }
            clients.statistics.bytesSent &+= sent
            clients[client].traffic.bytesSent &+= sent
            if _fastPath(sent == size) { return }
            clients[client].flags.insert(.isSendingBlocked)
        }
        queue(segment, of: reply, droppingFirst: sent)
    }

    /// The rest of the segment waits, before what others have sent to the client meanwhile.
    @inline(never)
    private mutating func queue(_ segment: ReplySegment, of reply: borrowing ReplyWriter, droppingFirst sent: Int) {
        var later = OutputQueue()
        later.version = clients[segment.client].output.version
        swap(&later, &clients[segment.client].output)
        clients[segment.client].output.append(reply, from: segment.start + sent, to: segment.end)
        clients[segment.client].output.append(contentsOf: later)
        clients.checkOutputLimit(of: segment.client)
        clients.listForOutput(segment.client)
    }
}
