// The stream of the server that is followed: a client that is obeyed, whose commands run as anybody's, and that hears
// nothing but how far this server has come. Transactions count when they are complete, so that the position is always
// one at which the stream can go on.

internal import Platform

extension CommandContext {
    /// What the stream is called that is repeated here.
    var streamName: String { replicas.history.identifier }

    /// The connection becomes a client's.
    mutating func beginStream() {
        guard let network = listeners.network else { return }
        let client = ClientIdentifier(link.descriptor)
        clients.now = now
        clients.connect(network.connection(link.descriptor), requiresPassword: false)
        clients[client].flags.formUnion([.isPrimary, .hasUnreadInput])
        if link.isEnding { clients[client].flags.insert(.isEnding) }
        clients[client].replyMode = .off
        clients[client].database = link.database
        swap(&clients[client].input.buffer, &link.inbox)
        link.inbox.reset()
        var unsent = Buffer()
        swap(&unsent, &link.outbox)
        clients[client].output.append(encoded: unsent.contents)
        clients.makeReady(client)
        link.client = client
        link.phase = .streams
        link.heardAt = now
        (link.canResume, link.isBroken) = (true, false)
        (link.owesAcknowledgement, link.unsafePositions, link.safePosition) = (false, [], link.applied)
        link.pending.reset()
        replicas.followedDatabase = link.database
        noteRole()
        acknowledgeStream()
    }

    /// So much input of the stream has been run, all of which `bytes` are.
    mutating func noteApplied(_ bytes: Bytes) {
        guard link.phase == .streams, clients.contains(link.client) else { return }
        link.pending.append(bytes)
        if clients[link.client].transaction.isOpen { return }
        var whole = Buffer()
        swap(&whole, &link.pending)
        link.applied &+= whole.count
        passOn(whole.contents)
        if whole.capacity > 1 << 20 { whole.reset() } else { whole.truncate(to: 0) }
        swap(&whole, &link.pending)
        replicas.followedDatabase = clients[link.client].database
        if appendOnly.state != .off { notePosition() }
        if link.owesAcknowledgement { acknowledgeStream() }
    }

    // MARK: What is said

    /// The append-only file has what has been applied, and will be safe.
    private mutating func notePosition() {
        let position = keyspace.feed.logPosition
        if let last = link.unsafePositions.last, last.log == position {
            link.unsafePositions[link.unsafePositions.count - 1].stream = link.applied
        } else {
            // One for each turn between two syncs; of very many every other one says nearly as much.
            link.unsafePositions.append((position, link.applied))
            guard link.unsafePositions.count > PrimaryLink.mostUnsafePositions else { return }
            takeSafePositions()
            let last = link.unsafePositions.count - 1
            guard last >= PrimaryLink.mostUnsafePositions else { return }
            link.unsafePositions = stride(from: last & 1, through: last, by: 2).map { link.unsafePositions[$0] }
        }
    }

    private mutating func takeSafePositions() {
        let safe = appendOnly.safePosition
        guard let first = link.unsafePositions.firstIndex(where: { $0.log > safe }) else {
            if let last = link.unsafePositions.last { link.safePosition = last.stream }
            return link.unsafePositions.removeAll()
        }
        if first > 0 {
            link.safePosition = link.unsafePositions[first - 1].stream
            link.unsafePositions.removeFirst(first)
        }
    }

    /// So much may wait of what has been said: whoever asks and does not listen is told later, and once.
    private static let mostUnheard = 512

    /// Says how far this server has come.
    mutating func acknowledgeStream() {
        link.owesAcknowledgement = false
        guard link.phase == .streams, clients.contains(link.client), !link.isPlain,
            clients[link.client].output.count < CommandContext.mostUnheard
        else { return }
        let isSafe = appendOnly.state == .on
        if isSafe { takeSafePositions() }
        let (applied, safe) = (Int64(link.applied), Int64(link.safePosition))
        var message = CommandLog()
        message.begin(isSafe ? 5 : 3)
        message.append(word: "REPLCONF")
        message.append(word: "ACK")
        message.append(word: applied)
        if isSafe {
            message.append(word: "FACK")
            message.append(word: safe)
        }
        clients[link.client].output.append(encoded: message.contents())
        clients.listForOutput(link.client)
    }

    /// REPLCONF GETACK: the other side wants to know at once.
    mutating func noteQuestionOfPrimary() {
        if client.flags.contains(.isPrimary) { link.owesAcknowledgement = true }
    }

    /// A command of the stream was refused: this server has other data than the one that it follows.
    mutating func noteRefusalOfPrimary(_ reply: Bytes) {
        guard reply.first == UInt8(ascii: "-") else { return }
        let text = String(decoding: reply.dropping(first: 1).prefix(max(0, reply.count - 3)).array, as: UTF8.self)
        let command = client.lastCommand?.value.fullName ?? "<unknown>"
        log.warning(
            "== CRITICAL == This replica is sending an error to its master: '\(text)' after processing the command "
                + "'\(command)'")
    }

    // MARK: The end

    /// The client is gone; if it was the stream, this server goes on by itself, until there is another connection.
    mutating func forgetPrimary(_ client: ClientIdentifier) {
        guard clients[client].flags.contains(.isPrimary), client == link.client else { return }
        link.database = clients[client].database
        link.descriptor = -1
        link.client = CommandContext.nobody
        link.phase = .apart
        link.downSince = now
        link.pending.reset()
        link.canResume = !link.isBroken && !link.isPlain
        log.notice("Connection with master lost.")
        if link.canResume { log.notice("Caching the disconnected master state.") }
        noteRole()
        // At once, as it may be the network's fault; but who closes each connection does not keep this server busy.
        link.hasWork = follows && now - link.connectedAt >= 100
    }
}
