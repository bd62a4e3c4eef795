// What clients say. Input goes into one shared inbox; only the start of an unfinished request moves to the client, so
// that an idle client owns next to nothing. A request too large for the inbox is read straight into the client's own
// buffer, which grows as bytes arrive, never because they were announced.

internal import Platform

extension EventLoop {
    /// Beyond this size an unfinished request stays in the client's own buffer.
    private static let largestCopied = 32 << 10
    /// How much of a large request is read in one turn.
    private static let mostReadAtOnce = 1 << 20

    /// Lets the client have its part of this turn: what it has left over, or what its socket has.
    @inline(__always) mutating func serve(_ client: ClientIdentifier) {
        guard server.context.clients.contains(client) else { return }
        let flags = server.context.clients[client].flags
        if _slowPath(!flags.isDisjoint(with: EventLoop.unusual)) { return serveUnusual(client) }
        if _slowPath(server.reply.count &+ bytesQueued > Server.largestReply) {
            return server.context.clients.putOff(client)
        }
        if _slowPath(server.context.clients[client].lastTurn == turnNumber) {
            return server.context.clients.makeReady(client)
        }
        if _slowPath(server.context.account.isCrowded), holdBack(client) { return }
        server.context.clients[client].lastTurn = turnNumber
        server.context.clients.noteMemory(of: client)
        if _slowPath(!server.context.clients[client].input.isEmpty) { return serveMore(client) }
        guard flags.contains(.hasUnreadInput) else { return }
        inbox.truncate(to: 0)
        if receiveIntoInbox(client) { runInbox(client) }
    }

    private static let unusual: ClientFlags = [
        .closesAfterReply, .closesNow, .isPostponed, .isBlocked, .isBeingAnswered, .isPrimary,
    ]

    /// Nothing that it says matters now; but the end of a connection is worth noticing.
    private mutating func serveUnusual(_ client: ClientIdentifier) {
        if server.context.clients[client].flags.intersection(EventLoop.unusual) == .isPrimary {
            return servePrimary(client)
        }
        guard server.context.clients[client].flags.contains(.isEnding) else { return }
        if server.context.clients[client].flags.contains(.closesAfterReply) { return server.disconnect(client) }
        if !server.context.clients[client].flags.isDisjoint(with: [.isPostponed, .isBlocked]) {
            return server.disconnect(client)
        }
        // It may still read its reply, as who sends a request by a pipe does; sending tells.
        server.context.clients[client].flags.remove(.isSendingBlocked)
        server.context.clients.listForOutput(client)
    }

    /// While clients fill the memory, one who does not read is not read either. True if it has to wait.
    @inline(never) private mutating func holdBack(_ client: ClientIdentifier) -> Bool {
        guard !server.context.clients[client].output.isEmpty else { return false }
        server.context.clients.holdBack(client)
        if server.context.clients[client].flags.contains(.isEnding) {
            // Sending tells whether anybody is there.
            server.context.clients[client].flags.remove(.isSendingBlocked)
            server.context.clients.listForOutput(client)
        }
        return true
    }

    /// A client that has said something before: the rest of a request, or requests that had to wait.
    @inline(never) private mutating func serveMore(_ client: ClientIdentifier) {
        let size = server.context.clients[client].input.buffer.count
        let sizeNeeded = server.context.clients[client].input.sizeNeeded
        if sizeNeeded == 0 { return runOwnBuffer(client) }
        guard server.context.clients[client].flags.contains(.hasUnreadInput) else { return }
        if max(size, sizeNeeded) > EventLoop.largestCopied { return readIntoOwnBuffer(client) }
        inbox.truncate(to: 0)
        inbox.append(server.context.clients[client].input.buffer, droppingFirst: 0)
        guard receiveIntoInbox(client) else { return }
        server.context.heapReturn.bytesGivenBack &+= size
        server.context.clients[client].input.buffer.reset()
        runInbox(client)
    }

    /// Reads behind what the inbox holds; false if there was nothing, or the client is gone.
    @inline(__always) private mutating func receiveIntoInbox(_ client: ClientIdentifier) -> Bool {
        let descriptor = server.context.clients[client].descriptor
        let network = network
        var space = inbox.unused
        let offered = space.byteCount
        let transfer = network.receive(descriptor, into: &space)
        guard let count = received(transfer, offered, client) else { return false }
        inbox.advance(count)
        return true
    }

    /// Notes what a read came to; nil if there is nothing to run.
    @inline(__always) private mutating func received(
        _ transfer: Transfer, _ offered: Int, _ client: ClientIdentifier
    ) -> Int? {
        switch transfer {
        case .bytes(let count):
            server.context.clients.statistics.reads &+= 1
            server.context.clients.statistics.bytesReceived &+= count
            server.context.clients[client].traffic.bytesReceived &+= count
            server.context.clients[client].lastInteraction = server.context.now
            if _slowPath(count == offered || server.context.clients[client].flags.contains(.isEnding)) {
                // There may be more, or the end, of which no event will tell.
                server.context.clients.makeReady(client)
            } else {
                server.context.clients[client].flags.remove(.hasUnreadInput)
            }
            return count
        case .wouldBlock:
            server.context.clients[client].flags.remove(.hasUnreadInput)
            return nil
        case .closed:
            if server.context.log.level <= .verbose {
                let description = server.context.describe(client)
                server.context.log.verbose("Client closed connection \(description)")
            }
            server.disconnect(client)
            return nil
        }
    }

    @inline(__always) private mutating func runInbox(_ client: ClientIdentifier) {
        let start = server.reply.count
        let consumed = server.receive(inbox, from: client)
        if _slowPath(!collectReplies(client, from: start)) { return }
        if _slowPath(consumed < inbox.count) { goOn(client, consumed) }
    }

    /// The rest of a large request is read at once, as far as it has come.
    @inline(never) private mutating func goOn(_ client: ClientIdentifier, _ consumed: Int) {
        keepRest(client, consumed)
        guard server.context.clients.contains(client) else { return }
        let isLarge = server.context.clients[client].input.sizeNeeded > EventLoop.largestCopied
        if isLarge, server.context.clients[client].flags.contains(.hasUnreadInput) { readIntoOwnBuffer(client) }
    }

    /// What the inbox has left over waits with the client.
    private mutating func keepRest(_ client: ClientIdentifier, _ consumed: Int) {
        var rest = Buffer(capacity: inbox.count - consumed)
        rest.append(inbox, droppingFirst: consumed)
        server.saveProgress(of: client, in: inbox)
        swap(&rest, &server.context.clients[client].input.buffer)
        noteRest(client)
    }

    private mutating func noteRest(_ client: ClientIdentifier) {
        server.context.clients[client].input.sizeNeeded = server.sizeNeeded
        let missing = server.sizeNeeded - server.context.clients[client].input.buffer.count
        server.context.clients[client].input.awaitsLargeArgument = missing > EventLoop.largestCopied
        // What the socket still has is reported no second time.
        let hasMore = server.sizeNeeded == 0 || server.context.clients[client].flags.contains(.hasUnreadInput)
        if hasMore { server.context.clients.makeReady(client) }
        if isOverQueryLimit(client) { server.disconnect(client) }
    }

    // MARK: The client's own buffer

    private mutating func readIntoOwnBuffer(_ client: ClientIdentifier) {
        let before = server.context.clients[client].input.buffer.count
        while let isFull = readOnceIntoOwnBuffer(client) {
            let count = server.context.clients[client].input.buffer.count
            if count >= server.context.clients[client].input.sizeNeeded { return runOwnBuffer(client) }
            // What has come is read in few turns, but others have theirs.
            if !isFull || count - before > EventLoop.mostReadAtOnce { return }
        }
    }

    /// Whether the socket may have more; nil if there was nothing, or the client is gone.
    private mutating func readOnceIntoOwnBuffer(_ client: ClientIdentifier) -> Bool? {
        let descriptor = server.context.clients[client].descriptor
        let sizeNeeded = server.context.clients[client].input.sizeNeeded
        let isLarge = server.context.clients[client].input.awaitsLargeArgument
        EventLoop.makeRoom(&server.context.clients[client].input.buffer, sizeNeeded, isLarge)
        var space = server.context.clients[client].input.buffer.unused
        let offered = space.byteCount
        let transfer = network.receive(descriptor, into: &space)
        guard let count = received(transfer, offered, client) else { return nil }
        server.context.clients[client].input.buffer.advance(count)
        server.context.evictClients()
        guard server.context.clients.contains(client) else { return nil }
        server.context.clients.noteMemory(of: client)
        if isOverQueryLimit(client) {
            server.disconnect(client)
            return nil
        }
        return count == offered
    }

    /// Room for what is needed, if as much has arrived already; otherwise the buffer doubles. A large argument gets no
    /// more room than it needs.
    private static func makeRoom(_ buffer: inout Buffer, _ sizeNeeded: Int, _ isLarge: Bool) {
        let least = buffer.count + (16 << 10)
        if isLarge {
            let wanted = min(sizeNeeded, max(buffer.count * 2, least))
            if buffer.capacity < wanted, buffer.capacity < least { buffer.resize(to: wanted) }
            return
        }
        if buffer.capacity >= min(max(sizeNeeded, buffer.count + 1), least) { return }
        let doubled = max(buffer.count * 2, EventLoop.inboxSize)
        buffer.resize(
            to: sizeNeeded > least
                ? min(sizeNeeded, doubled) : max(least, min(doubled, buffer.count + EventLoop.inboxSize)))
    }

    private mutating func runOwnBuffer(_ client: ClientIdentifier) {
        var input = Buffer()
        swap(&input, &server.context.clients[client].input.buffer)
        let start = server.reply.count
        let consumed = server.receive(input, from: client)
        guard collectReplies(client, from: start) else { return }
        server.saveProgress(of: client, in: input)
        input.removeFirst(consumed)
        let isDone = input.isEmpty
        if isDone {
            server.context.heapReturn.bytesGivenBack &+= input.capacity
            input.reset()
        }
        swap(&input, &server.context.clients[client].input.buffer)
        if isDone {
            server.context.clients[client].input.sizeNeeded = 0
            if server.context.clients[client].flags.contains(.hasUnreadInput) {
                server.context.clients.makeReady(client)
            }
        } else {
            noteRest(client)
        }
    }

    /// A client that does not come to an end with its request is to be cut, and the log hears of it.
    private mutating func isOverQueryLimit(_ client: ClientIdentifier) -> Bool {
        let size =
            server.context.clients[client].input.buffer.count + server.context.clients[client].transaction.memoryUsed
        guard size > server.context.clients.limits.largestQuery else { return false }
        server.context.clients.statistics.queryLimitDisconnections += 1
        let description = server.context.describe(client)
        let shown = min(64, server.context.clients[client].input.buffer.count)
        let start = server.context.clients[client].input.buffer.contents.prefix(shown).quoted
        server.context.log.warning(
            "Closing client that reached max query buffer length: \(description) (qbuf initial bytes: \(start))")
        return true
    }
}
