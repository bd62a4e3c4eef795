// Turns of the event loop within a command: a script takes long, and others are to hear that the server is busy, and
// may end the script. Such a turn reads, answers what may be answered now, and sends. It touches no key, and nobody
// who waits for something is served; whoever has said more than was read is ready when the script has ended.

internal import Platform

/// How far turns within a command have come.
struct BusyTurns {
    /// The events that the loop had when the script began; the network forgets them with the next wait.
    private var eventCount = 0
    private(set) var turnNumber: UInt32 = 0
    /// The loop must not go on with its events.
    private(set) var hasTurned = false
    /// What others were answered before the script began has been sent.
    fileprivate(set) var hasSentReplies = false
    /// Clients of whom more can be read.
    fileprivate var waiting: [ClientIdentifier] = []

    fileprivate static let mostEvents = 128, mostReadAtOnce = 64 << 10, leastSpace = 16 << 10
    /// So much a client may have said that nobody has run.
    fileprivate static let mostUnread = 16 << 20

    /// A turn of the loop begins to serve.
    @inline(__always) mutating func begin(_ turnNumber: UInt32, eventCount: Int) {
        self.turnNumber = turnNumber
        self.eventCount = eventCount
        hasTurned = false
    }

    /// The loop's events are taken over, all of them: those that it has served already say nothing new.
    fileprivate mutating func takeEvents() -> Int {
        if hasTurned { return 0 }
        hasTurned = true
        return eventCount
    }

    fileprivate mutating func takeWaiting() -> [ClientIdentifier] {
        var taken: [ClientIdentifier] = []
        swap(&taken, &waiting)
        return taken
    }
}

extension CommandContext {
    /// The script that runs takes long: from now on there are turns within it. `reply` has what this turn of the loop
    /// has answered so far, in front of what the script will.
    mutating func beginBusyTurns(_ reply: inout ReplyWriter) {
        guard let network = listeners.network else { return }
        busyTurns.hasSentReplies = false
        // What the script has changed is no unit of the log yet, and only whole ones may be written.
        if !keyspace.feed.hasOpenUnit {
            endTurnOfLog()
            for segment in segments { send(segment, of: reply, by: network) }
            segments.removeAll(keepingCapacity: true)
            busyTurns.hasSentReplies = true
        }
        collectWaiting(network)
    }

    /// The same with a script that is repeated from a log: what this turn has answered is sent when it ends, and who
    /// was answered is not heard before.
    mutating func beginBusyTurnsOfLoading() {
        guard let network = listeners.network else { return }
        busyTurns.hasSentReplies = false
        collectWaiting(network)
    }

    /// What the network has told of those who are to be heard.
    private mutating func collectWaiting(_ network: any Network) {
        for index in 0..<busyTurns.takeEvents() { note(network.event(at: index), network) }
        busyTurns.waiting = clients.identifiers.filter { clients[$0].flags.contains(.hasUnreadInput) }
    }

    /// One turn: whoever has something to say is heard.
    mutating func turnWhileBusy() {
        guard let network = listeners.network else { return }
        let (caller, noted) = (current, attention)
        for index in 0..<network.wait(milliseconds: 0, most: BusyTurns.mostEvents) {
            note(network.event(at: index), network)
        }
        for client in busyTurns.takeWaiting() where isHeard(client) { hear(client, network) }
        sendWhileBusy(network)
        begin(for: caller)
        attention = noted
        startTiming()
    }

    /// The script has ended: those who have said something are ready to be served.
    mutating func endBusyTurns() {
        busyTurns.waiting = []
        for client in clients.identifiers {
            let hasMore = !clients[client].input.isEmpty && clients[client].input.sizeNeeded == 0
            if hasMore || clients[client].flags.contains(.hasUnreadInput) { clients.makeReady(client) }
        }
    }

    private mutating func note(_ event: NetworkEvent, _ network: any Network) {
        let client = ClientIdentifier(event.token & 0xFFFF_FFFF)
        if event.token >> 32 == EventLoop.listenerMark {
            return acceptAll(from: Int32(truncatingIfNeeded: client), network)
        }
        if event.token >> 32 == EventLoop.primaryMark { return noteLink(event) }
        // Signals and other threads are heard of again when the loop turns.
        guard clients.contains(client), token(of: client) == event.token else { return }
        if note(event, of: client) { busyTurns.waiting.append(client) }
    }

    private static let unheard: ClientFlags = [
        .closesAfterReply, .closesNow, .isPostponed, .isBlocked, .isBeingAnswered, .isPrimary,
    ]

    /// Not the script's own client, nor one that waits for something, nor one whose reply must go first.
    private func isHeard(_ client: ClientIdentifier) -> Bool {
        guard client != scripts.run.caller, clients.contains(client) else { return false }
        return clients[client].flags.isDisjoint(with: CommandContext.unheard) && maySend(to: client)
    }

    /// Nothing that was to be sent to the client earlier waits still.
    private func maySend(to client: ClientIdentifier) -> Bool {
        client != scripts.run.caller
            && (busyTurns.hasSentReplies || clients[client].lastTurn != busyTurns.turnNumber)
    }

    // MARK: Hearing

    /// Reads what a client says and answers it.
    private mutating func hear(_ client: ClientIdentifier, _ network: any Network) {
        guard clients[client].flags.contains(.hasUnreadInput) else { return }
        let descriptor = clients[client].descriptor
        if clients[client].input.buffer.count > BusyTurns.mostUnread { return }
        let free = clients[client].input.buffer.capacity - clients[client].input.buffer.count
        if free < BusyTurns.leastSpace { clients[client].input.buffer.reserve(BusyTurns.mostReadAtOnce) }
        var space = clients[client].input.buffer.unused
        let offered = space.byteCount
        switch network.receive(descriptor, into: &space) {
        case .bytes(let count):
            clients.statistics.reads &+= 1
            clients.statistics.bytesReceived &+= count
            clients[client].traffic.bytesReceived &+= count
            clients[client].input.buffer.advance(count)
            clients[client].lastInteraction = now
            if count == offered || clients[client].flags.contains(.isEnding) {
                busyTurns.waiting.append(client)
            } else {
                clients[client].flags.remove(.hasUnreadInput)
            }
            answerWhileBusy(client)
        case .wouldBlock: clients[client].flags.remove(.hasUnreadInput)
        case .closed: disconnect(client)
        }
    }

    /// Runs the complete requests of a client as far as they may run now.
    private mutating func answerWhileBusy(_ client: ClientIdentifier) {
        var input = Buffer(), batch = RequestBatch(), reply = ReplyWriter(), offset = 0
        swap(&input, &clients[client].input.buffer)
        begin(for: client)
        attention = clients[client].replyMode == .on ? .none : .filtersReplies
        batch.limits.largestArgument = clients.limits.largestArgument
        batch.limits.isAuthenticated = !restrictions.contains(.unauthenticated)
        reading: while true {
            batch.fill(from: input.contents, at: offset, &commands, &keyspace)
            for index in 0..<batch.count {
                reply.version = clients[client].output.version
                let mark = reply.count
                Dispatcher.run(batch[index], &self, &reply)
                offset = batch[index].end
                guard clients.contains(client) else { return }
                if clients[client].replyMode != .on { filterReply(&reply, from: mark) }
                if attention.contains(.hasMessages) { appendMessagesToSender(&reply) }
                clients[client].lastCommand = batch[index].row
                if attention.contains(.stops) { break reading }
            }
            offset = batch.end
            if let error = batch.malformed {
                reply.error(composed: "ERR \(error.text)")
                clients[client].flags.insert(.closesAfterReply)
                offset = input.count
            }
            if batch.malformed != nil || batch.sizeNeeded > 0 { break }
        }
        if offset > 0 { clients[client].input.progress = RequestProgress() }
        input.removeFirst(offset)
        clients[client].input.sizeNeeded = input.isEmpty ? 0 : batch.sizeNeeded
        swap(&input, &clients[client].input.buffer)
        guard reply.count > 0 else { return }
        clients[client].output.append(reply, from: 0, to: reply.count)
        clients.listForOutput(client)
        clients.checkOutputLimit(of: client)
    }

    // MARK: Sending

    /// Sends what waits for clients, as far as their sockets take it.
    private mutating func sendWhileBusy(_ network: any Network) {
        var later: [ClientIdentifier] = []
        while let client = clients.takeClientWithOutput() {
            if maySend(to: client) { flushWhileBusy(client, network) } else { later.append(client) }
        }
        for client in later { clients.listForOutput(client) }
        for descriptor in clients.takeDescriptorsToClose() { network.close(descriptor) }
    }

    /// Sends what waits for one client, as far as its socket takes it.
    mutating func flushWhileBusy(_ client: ClientIdentifier, _ network: any Network) {
        var pieces = Pieces()
        while !clients[client].output.isEmpty, !clients[client].flags.contains(.isSendingBlocked) {
            pieces.clear()
            clients[client].output.append(to: &pieces, atMost: 1 << 20)
            let offered = pieces.byteCount
            clients.statistics.writes &+= 1
            switch network.send(clients[client].descriptor, pieces) {
            case .bytes(let count):
                clients.statistics.bytesSent &+= count
                clients[client].traffic.bytesSent &+= count
                clients[client].output.removeFirst(count)
                if count < offered { clients[client].flags.insert(.isSendingBlocked) }
            case .wouldBlock: clients[client].flags.insert(.isSendingBlocked)
            case .closed: return disconnect(client)
            }
        }
        guard clients[client].output.isEmpty else { return }
        if clients[client].flags.contains(.closesAfterReply) { return disconnect(client) }
        var left = 1 << 20
        if clients[client].flags.contains(.isReplica) { sendStream(to: client, by: network, &pieces, left: &left) }
    }
}
