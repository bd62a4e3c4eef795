// From the connection to the answer of PSYNC. The other side is asked step by step and never waited for; what it
// answers is taken line by line, and nothing that it can say is believed without a look.

internal import Platform

extension CommandContext {
    /// A change of the link's readiness.
    mutating func noteLink(_ event: NetworkEvent) {
        guard link.descriptor == Int32(truncatingIfNeeded: event.token & 0xFFFF_FFFF) else { return }
        if link.phase == .streams {
            if note(event, of: link.client) { clients.makeReady(link.client) }
            return
        }
        if event.isReadable { link.isReadable = true }
        if event.isWritable { link.isWritable = true }
        if event.isEnding { link.isEnding = true }
        link.hasWork = link.phase != .loads
    }

    /// The turn's part of a link that is not a stream yet.
    @inline(never) mutating func driveLink() {
        link.hasWork = false
        switch link.phase {
        case .none, .resolves, .loads, .streams: break
        case .apart:
            guard let primary = settings.primary else { return }
            log.notice("Reconnecting to MASTER \(primary.text)")
            connectToPrimary()
        case .connecting: finishConnecting()
        case .greets, .introduces, .asks, .awaitsSnapshot, .receives:
            flushLink()
            hearPrimary()
        }
    }

    // MARK: Saying

    /// Says something to the other side, in this turn if it takes that.
    mutating func tellPrimary(_ count: Int, _ write: (inout CommandLog) -> Void) {
        var request = CommandLog()
        request.begin(count)
        write(&request)
        link.outbox.append(request.contents())
        flushLink()
    }

    mutating func flushLink() {
        guard !link.outbox.isEmpty, let network = listeners.network else { return }
        switch network.send(link.descriptor, link.outbox.contents.span) {
        case .bytes(let count): link.outbox.removeFirst(count)
        case .wouldBlock, .closed: break
        }
    }

    // MARK: The end

    /// There is no connection any more; nothing is kept of what it has brought and nobody has applied.
    mutating func breakLink() {
        if link.descriptor >= 0 { listeners.network?.close(link.descriptor) }
        link.descriptor = -1
        dropTransfer()
        link.inbox.reset()
        link.outbox.reset()
        link.questions = []
        link.phase = .apart
        link.hasWork = false
    }

    /// The same, and another connection is tried at once, unless the last one is as young as that.
    mutating func renewLink() {
        let isYoung = now - link.connectedAt < 1000
        breakLink()
        guard !isYoung, let primary = settings.primary else { return }
        log.notice("Reconnecting to MASTER \(primary.text) after failure")
        connectToPrimary()
    }

    /// Whatever the link is at, it ends.
    mutating func endLink() {
        if link.phase == .streams { disconnect(link.client) } else if link.phase != .none { breakLink() }
    }

    /// Once a second: connections are made, and given up that bring nothing.
    mutating func tendLink() {
        let interval: Int64 = failover.isUnderWay ? 100 : 1000
        guard follows, now - link.tendedAt >= interval || now < link.tendedAt else { return }
        link.tendedAt = now
        // Who is not listened to, while clients are paused, is not silent.
        if link.phase == .streams, clients[link.client].flags.contains(.isPostponed) { link.heardAt = now }
        let isSilent = (now - link.heardAt) / 1000 > Int64(settings.replicaTimeoutSeconds)
        switch link.phase {
        // Whom it waits for in vain gives up by himself.
        case .none, .resolves: break
        case .apart:
            guard !loading.isInForce, let primary = settings.primary else { return }
            log.notice("Connecting to MASTER \(primary.text)")
            connectToPrimary()
        case .connecting, .greets, .introduces, .asks:
            guard isSilent else { return }
            log.warning("Timeout connecting to the MASTER...")
            renewLink()
        case .awaitsSnapshot, .receives:
            guard isSilent else { return }
            log.warning(
                "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' "
                    + "parameter in redis.conf to a larger value.")
            renewLink()
        case .loads:
            // The other side shall not think that nobody is there.
            link.outbox.append(byte: UInt8(ascii: "\n"))
            flushLink()
        case .streams:
            if isSilent {
                log.warning("MASTER timeout: no data nor PING received...")
                disconnect(link.client)
            } else {
                acknowledgeStream()
            }
        }
    }

    // MARK: Hearing

    private static let readAtOnce = 256 << 10, linesAtOnce = 4 << 10, mostReadInTurn = 1 << 20

    /// Reads what the other side has said, as much as belongs to one turn.
    private mutating func hearPrimary() {
        guard let network = listeners.network else { return }
        var left = CommandContext.mostReadInTurn
        while link.isConversing, link.isReadable, left > 0 {
            let wanted = link.phase == .receives ? CommandContext.readAtOnce : CommandContext.linesAtOnce
            link.inbox.reserve(wanted)
            let descriptor = link.descriptor
            var unused = link.inbox.unused
            var space = unused._mutatingExtracting(..<wanted)
            switch network.receive(descriptor, into: &space) {
            case .bytes(let count):
                link.inbox.advance(count)
                link.heardAt = now
                clients.statistics.bytesReceived &+= count
                left -= count
                if count < wanted, !link.isEnding { link.isReadable = false }
                takeAnswers()
            case .wouldBlock: link.isReadable = false
            case .closed:
                tellOfClosedLink()
                let wasAsked = link.phase == .asks
                breakLink()
                if wasAsked { abortFailover("Failover target rejected psync request") }
                return
            }
        }
        link.hasWork = link.isConversing && link.isReadable
    }

    private mutating func tellOfClosedLink() {
        switch link.phase {
        case .awaitsSnapshot: log.warning("I/O error reading bulk count from MASTER: connection lost")
        case .receives: log.warning("I/O error trying to sync with MASTER: connection lost")
        case .asks: log.warning("Master did not reply to PSYNC, will try later")
        default: log.warning("Master did not respond to command during SYNC handshake")
        }
    }

    private mutating func takeAnswers() {
        while link.isConversing {
            if link.phase == .receives { return takePieceOfSnapshot() }
            guard let line = link.takeLine() else {
                guard link.inbox.count > PrimaryLink.longestLine else { return }
                log.warning("Bad protocol from MASTER, a line of it is too long")
                return breakLink()
            }
            hear(line)
        }
    }

    private mutating func hear(_ line: [UInt8]) {
        switch link.phase {
        case .greets: hearGreeting(line)
        case .introduces: hearIntroduction(line)
        case .asks: hearConsent(line)
        case .awaitsSnapshot: hearSize(line)
        case .none, .apart, .resolves, .connecting, .receives, .loads, .streams: break
        }
    }

    private mutating func hearGreeting(_ line: [UInt8]) {
        let text = line.oneLine
        let isFine = ["+", "-NOAUTH", "-NOPERM", "-ERR operation not permitted"].contains { text.hasPrefix($0) }
        guard isFine else {
            log.warning("Error reply to PING from master: '\(text)'")
            return breakLink()
        }
        log.notice("Master replied to PING, replication can continue...")
        link.phase = .introduces
        introduce()
    }

    /// Says who this server is: all at once, since nothing depends on the answers.
    private mutating func introduce() {
        let (user, password) = (settings.primaryUser, settings.primaryPassword)
        if !password.isEmpty {
            tellPrimary(user.isEmpty ? 2 : 3) { log in
                log.append(word: "AUTH")
                if !user.isEmpty { log.append(array: user) }
                log.append(array: password)
            }
            link.questions.append(.authentication)
        }
        let port = settings.replicaAnnouncedPort != 0 ? settings.replicaAnnouncedPort : settings.port
        tellPrimary(3) { log in
            log.append(word: "REPLCONF")
            log.append(word: "listening-port")
            log.append(word: Int64(port))
        }
        link.questions.append(.introduction("listening-port"))
        let address = settings.replicaAnnouncedAddress
        if !address.isEmpty {
            tellPrimary(3) { log in
                log.append(word: "REPLCONF")
                log.append(word: "ip-address")
                log.append(array: address)
            }
            link.questions.append(.introduction("ip-address"))
        }
        tellPrimary(5) { log in
            for word: StaticString in ["REPLCONF", "capa", "eof", "capa", "psync2"] { log.append(word: word) }
        }
        link.questions.append(.introduction("capa"))
    }

    private mutating func hearIntroduction(_ line: [UInt8]) {
        let isRefusal = line.first == UInt8(ascii: "-")
        switch link.questions.removeFirst() {
        case .authentication:
            if isRefusal {
                log.warning("Unable to AUTH to MASTER: \(line.oneLine)")
                return breakLink()
            }
        case .introduction(let name):
            if isRefusal {
                log.notice("(Non critical) Master does not understand REPLCONF \(name): \(line.oneLine)")
            }
        }
        if link.questions.isEmpty { askForStream() }
    }

    private mutating func askForStream() {
        link.phase = .asks
        let name = streamName, offset = Int64(link.canResume ? link.applied &+ 1 : -1)
        if link.canResume {
            log.notice("Trying a partial resynchronization (request \(name):\(offset)).")
        } else {
            log.notice("Partial resynchronization not possible (no cached master)")
        }
        let wanted = link.canResume ? Array(name.utf8) : [UInt8(ascii: "?")]
        let handsOver = failover.state == .asks
        tellPrimary(handsOver ? 4 : 3) { log in
            log.append(word: "PSYNC")
            log.append(array: wanted)
            log.append(word: offset)
            if handsOver { log.append(word: "FAILOVER") }
        }
    }

    // MARK: What will come

    private mutating func hearConsent(_ line: [UInt8]) {
        // Who prepares a snapshot says so by empty lines.
        if line.isEmpty { return }
        let text = line.oneLine
        if text.hasPrefix("+FULLRESYNC") {
            endFailover()
            expectSnapshot(text)
        } else if text.hasPrefix("+CONTINUE") {
            endFailover()
            goOn(text)
        } else if text.hasPrefix("-NOMASTERLINK") || text.hasPrefix("-LOADING") {
            log.notice("Master is currently unable to PSYNC but should be in the future: \(text)")
            breakLink()
            abortFailover("Failover target rejected psync request")
        } else {
            if text.hasPrefix("-ERR") {
                log.notice("Master does not support PSYNC or is in error state (reply: \(text))")
            } else {
                log.warning("Unexpected reply to PSYNC from master: \(text)")
            }
            if failover.isUnderWay { return abortFailover("Failover target rejected psync request") }
            log.notice("Retrying with SYNC...")
            (link.history, link.position) = ("", 0)
            link.phase = .awaitsSnapshot
            tellPrimary(1) { $0.append(word: "SYNC") }
        }
    }

    private mutating func expectSnapshot(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3, let position = Int(words[2]),
            ReplicationHistory.isCredible(words[1], at: position)
        else {
            log.warning("Master replied with wrong +FULLRESYNC syntax.")
            return breakLink()
        }
        (link.history, link.position) = (String(words[1]), position)
        log.notice("Full resync from master: \(link.history):\(position)")
        link.canResume = false
        link.phase = .awaitsSnapshot
    }

    private mutating func goOn(_ text: String) {
        guard link.canResume else {
            log.warning("Unexpected reply to PSYNC from master: \(text)")
            return breakLink()
        }
        log.notice("Successful partial resynchronization with master.")
        let words = text.split(separator: " ")
        if words.count > 1, ReplicationHistory.isCredible(words[1], at: link.applied), words[1] != streamName {
            log.notice("Master replication ID changed to \(words[1])")
            renameHistory(String(words[1]))
        }
        beginStream()
        log.notice("MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.")
    }
}
