// The stream of the server that is followed, on its way from the socket to the dispatcher. It is read into the client's
// own buffer, for its bytes go on to this server's own replicas as they came.

internal import Platform

extension EventLoop {
    private static let mostReadFromPrimary = 256 << 10
    private static let mostRoundsInTurn = 4

    /// Lets the server that is followed have its part of the turn.
    mutating func servePrimary(_ client: ClientIdentifier) {
        server.context.clients[client].lastTurn = turnNumber
        for _ in 0..<EventLoop.mostRoundsInTurn {
            let hasRead = readFromPrimary(client)
            guard server.context.clients.contains(client) else { return }
            let isReady =
                server.context.clients[client].input.buffer.count
                >= max(1, server.context.clients[client].input.sizeNeeded)
            if isReady, !runPrimary(client) { return }
            if !hasRead { break }
        }
        let flags = server.context.clients[client].flags
        let hasMore =
            !server.context.clients[client].input.isEmpty && server.context.clients[client].input.sizeNeeded == 0
        if flags.contains(.hasUnreadInput) || hasMore { server.context.clients.makeReady(client) }
    }

    /// False if there was nothing, or the client is gone.
    private mutating func readFromPrimary(_ client: ClientIdentifier) -> Bool {
        guard server.context.clients[client].flags.contains(.hasUnreadInput) else { return false }
        let descriptor = server.context.clients[client].descriptor
        let count = server.context.clients[client].input.buffer.count
        // The buffer doubles as bytes arrive; nothing is reserved for what has been announced.
        let wanted = max(64 << 10, min(count, EventLoop.mostReadFromPrimary))
        let isCapacityEnough = server.context.clients[client].input.buffer.capacity - count >= 16 << 10
        if !isCapacityEnough { server.context.clients[client].input.buffer.reserve(wanted) }
        var space = server.context.clients[client].input.buffer.unused
        let offered = space.byteCount
        switch network.receive(descriptor, into: &space) {
        case .bytes(let count):
            server.context.clients[client].input.buffer.advance(count)
            server.context.clients.statistics.reads &+= 1
            server.context.clients.statistics.bytesReceived &+= count
            server.context.clients[client].traffic.bytesReceived &+= count
            server.context.clients[client].lastInteraction = server.context.now
            server.context.link.heardAt = server.context.now
            if count < offered, !server.context.clients[client].flags.contains(.isEnding) {
                server.context.clients[client].flags.remove(.hasUnreadInput)
            }
            return true
        case .wouldBlock:
            server.context.clients[client].flags.remove(.hasUnreadInput)
            return false
        case .closed:
            server.disconnect(client)
            return false
        }
    }

    /// Runs the complete requests; false if the turn is over for the client, or it is gone.
    private mutating func runPrimary(_ client: ClientIdentifier) -> Bool {
        var input = Buffer()
        swap(&input, &server.context.clients[client].input.buffer)
        let start = server.reply.count
        // No key ends but by what the stream says.
        server.context.keyspace.holdsEverything = true
        server.context.keyspace.feed.noteOwnChanges(false)
        // What the other side has taken, this one takes as well: limits of requests are for clients.
        let largest = server.context.clients.limits.largestArgument
        server.context.clients.limits.largestArgument = ClientLimits.longestValue
        let consumed = server.receive(input, from: client)
        server.context.clients.limits.largestArgument = largest
        server.context.keyspace.holdsEverything = false
        server.context.keyspace.feed.noteOwnChanges(server.context.notesOwnChanges)
        server.reply.rollBack(to: start)
        guard server.context.clients.contains(client) else {
            // How much of it has run before it went is not known.
            server.context.link.canResume = false
            return false
        }
        if !server.context.clients[client].flags.isDisjoint(with: .isClosing) {
            server.context.link.isBroken = true
            server.context.log.warning("Protocol error from the master: the stream cannot be read any further")
            server.disconnect(client)
            return false
        }
        server.context.noteApplied(input.contents.prefix(consumed))
        server.saveProgress(of: client, in: input)
        input.removeFirst(consumed)
        if input.isEmpty { input.reset() }
        swap(&input, &server.context.clients[client].input.buffer)
        server.context.clients[client].input.sizeNeeded =
            server.context.clients[client].input.isEmpty ? 0 : server.sizeNeeded
        return server.context.clients[client].flags.isDisjoint(with: [.isPostponed, .isBlocked])
    }
}
