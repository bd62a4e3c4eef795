// What clients get. Replies lie in the server's buffer until the turn ends; what a socket does not take waits in the
// client's own queue, and so does what others send to it. The order is kept: a client with a queue gets its replies
// there too.

internal import Platform

extension EventLoop {
    /// Notes whose the replies from `start` on are. False if the client is gone.
    @inline(__always) mutating func collectReplies(_ client: ClientIdentifier, from start: Int) -> Bool {
        guard server.context.clients.contains(client) else {
            server.reply.rollBack(to: start)
            return false
        }
        if _slowPath(server.context.clients[client].flags.contains(.closesAfterReply)) { leaving.append(client) }
        let size = server.reply.count &- start
        let limit = server.context.clients.hardOutputLimit(of: client)
        if _slowPath(size >= limit || server.reply.hasOverflowed)
            || _slowPath(!server.context.clients[client].flags.isDisjoint(with: [.closesNow, .isReplica]))
        {
            if size == 0, !server.context.clients[client].flags.contains(.closesNow) { return true }
            return refuseReplies(client, from: start)
        }
        guard size > 0 else { return true }
        if _slowPath(!server.context.clients[client].output.isEmpty) {
            queueReplies(client, from: start)
        } else {
            let number = server.context.clients[client].number
            server.context.segments.append(
                ReplySegment(client: client, number: number, start: start, end: server.reply.count))
        }
        return !server.context.clients[client].flags.contains(.closesAfterReply)
    }

    /// The replies are more than may ever wait for the client, or it is a replica, for which there are none: it gets
    /// none of them and closes.
    @inline(never) private mutating func refuseReplies(_ client: ClientIdentifier, from start: Int) -> Bool {
        server.reply.rollBack(to: start)
        if server.context.clients[client].flags.contains(.isReplica) {
            let command = server.context.clients[client].lastCommand?.value.fullName ?? "<unknown>"
            let description = server.context.describe(client)
            server.context.log.warning(
                "Replica generated a reply to command '\(command)', disconnecting: \(description)")
            server.disconnect(client)
            return false
        }
        server.context.clients.markOverLimit(client)
        return false
    }

    /// The client has not taken earlier output: its replies wait behind it.
    @inline(never) private mutating func queueReplies(_ client: ClientIdentifier, from start: Int) {
        server.context.clients[client].output.append(server.reply, from: start, to: server.reply.count)
        bytesQueued &+= server.reply.count &- start
        server.reply.rollBack(to: start)
        server.context.clients.listForOutput(client)
        server.context.clients.checkOutputLimit(of: client)
    }

    /// The end of the turn: everything that has been said is sent, as far as sockets take it.
    mutating func sendEverything() {
        var index = 0
        while index < server.context.segments.count {
            server.context.send(server.context.segments[index], of: server.reply, by: network)
            index &+= 1
        }
        server.context.segments.removeAll(keepingCapacity: true)
        server.reply.removeAll()
        server.reply.giveBackMemory(above: Server.largestReply)
        sendMessages()
        if _slowPath(!leaving.isEmpty) { dismiss() }
        for client in server.context.clients.takeClientsOverLimit() where server.context.clients.contains(client) {
            cut(client)
        }
        for descriptor in server.context.clients.takeDescriptorsToClose() { network.close(descriptor) }
    }

    /// Sends some clients what waits for them. With many of them the next turns go on, which do not wait; what else is
    /// said to them meanwhile joins what waits: the more there is to do, the fewer and larger the writes. Nor do they
    /// wait for one who gets very much.
    @inline(__always) private mutating func sendMessages() {
        var left = EventLoop.mostClientsSentTo
        bytesToSend = EventLoop.mostBytesSent
        while left > 0, bytesToSend > 0, let client = server.context.clients.takeClientWithOutput() {
            flush(client)
            left &-= 1
        }
    }

    private static let mostClientsSentTo = 16
    private static let mostBytesSent = 512 << 10

    /// Sends what waits in the client's queue, as far as its socket and the turn go.
    mutating func flush(_ client: ClientIdentifier) {
        server.context.clients.noteMemory(of: client)
        let descriptor = server.context.clients[client].descriptor
        while !server.context.clients[client].output.isEmpty,
            !server.context.clients[client].flags.contains(.isSendingBlocked)
        {
            if _slowPath(bytesToSend <= 0) {
                server.context.clients.listForOutput(client)
                break
            }
            pieces.clear()
            server.context.clients[client].output.append(to: &pieces, atMost: bytesToSend)
            let offered = pieces.byteCount
            server.context.clients.statistics.writes &+= 1
            switch network.send(descriptor, pieces) {
            case .bytes(let count):
                server.context.clients.statistics.bytesSent &+= count
                server.context.clients[client].traffic.bytesSent &+= count
                bytesToSend &-= count
                server.context.clients[client].output.removeFirst(count)
                server.context.heapReturn.bytesGivenBack &+= count
                server.context.clients[client].lastInteraction = server.context.now
                if count < offered { server.context.clients[client].flags.insert(.isSendingBlocked) }
                if _slowPath(server.context.clients[client].flags.contains(.isBeingAnswered)) { resumeGrowing(client) }
            case .wouldBlock: server.context.clients[client].flags.insert(.isSendingBlocked)
            case .closed: return server.disconnect(client)
            }
        }
        if !server.context.clients[client].output.isEmpty {
            return server.context.clients.checkOutputLimit(of: client)
        }
        if _slowPath(server.context.clients[client].flags.contains(.isReplica)) {
            return server.context.sendStream(to: client, by: network, &pieces, left: &bytesToSend)
        }
        if _slowPath(server.context.clients.hasHeldBack) { server.context.clients.makeReady(client) }
        if server.context.clients[client].flags.contains(.closesAfterReply) {
            leaving.append(client)
        }
    }

    /// Closes the connections of those who have got their last reply.
    @inline(never) private mutating func dismiss() {
        for client in leaving where server.context.clients.contains(client) {
            let isLeaving = server.context.clients[client].flags.contains(.closesAfterReply)
            if isLeaving, server.context.clients[client].output.isEmpty { server.disconnect(client) }
        }
        leaving.removeAll()
    }

    /// Closes the connection of a client that does not read what it gets.
    @inline(never) private mutating func cut(_ client: ClientIdentifier) {
        server.context.clients.statistics.outputLimitDisconnections += 1
        let description = server.context.describe(client)
        server.context.log.warning(
            "Client \(description) scheduled to be closed ASAP for overcoming of output buffer limits.")
        server.disconnect(client)
    }
}
