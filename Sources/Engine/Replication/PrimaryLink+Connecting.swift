// From the name of the server that is followed to a connection. A name may take long to be looked up: that is done
// beside this thread, and what comes of it counts if the link still waits for it.

internal import Platform

extension CommandContext {
    /// Begins to connect; if that comes to nothing, it is tried again later.
    mutating func connectToPrimary() {
        guard listeners.network != nil else { return }
        link.connectedAt = now
        (link.targets, link.sources) = ([], [])
        findPrimary()
    }

    /// Finds the addresses that are missing, one name after the other, and then connects.
    private mutating func findPrimary() {
        guard let primary = settings.primary else { return }
        if link.targets.isEmpty {
            guard let found = addressesForLink(of: primary.host) else { return }
            link.targets = found
        }
        if link.sources.isEmpty, !settings.sourceAddress.isEmpty {
            guard let found = addressesForLink(of: settings.sourceAddress) else { return }
            link.sources = found
        }
        openLink(port: UInt16(truncatingIfNeeded: primary.port))
    }

    /// Nil if there are none, or none yet.
    private mutating func addressesForLink(of name: String) -> [SocketAddress]? {
        switch names.ask(name) {
        case .known(.addresses(let addresses)): return addresses
        case .known(.failure(let reason)): connectingHasFailed(reason)
        case .asked(let number):
            link.question = number
            link.phase = .resolves
        }
        return nil
    }

    private mutating func connectingHasFailed(_ reason: String) {
        link.phase = .apart
        log.warning("Unable to connect to MASTER: \(reason)")
    }

    private mutating func openLink(port: UInt16) {
        guard let network = listeners.network else { return }
        do throws(ConnectError) {
            link.descriptor = try network.connect(to: link.targets.map { $0.at(port: port) }, from: link.sources)
        } catch {
            return connectingHasFailed(error.reason)
        }
        (link.isReadable, link.isEnding, link.isWritable) = (false, false, false)
        network.add(link.descriptor, token: EventLoop.primaryMark << 32 | UInt64(link.descriptor))
        link.heardAt = now
        link.phase = .connecting
        log.notice("MASTER <-> REPLICA sync started")
    }

    mutating func finishConnecting() {
        guard link.isWritable || link.isEnding, let network = listeners.network else { return }
        if let reason = network.failure(of: link.descriptor) {
            log.warning("Error condition on socket for SYNC: \(reason)")
            return breakLink()
        }
        log.notice("Non blocking connect for SYNC fired the event.")
        link.phase = .greets
        tellPrimary(1) { $0.append(word: "PING") }
        link.hasWork = true
    }

    // MARK: Names

    /// Names have been looked up: the link goes on, if it still waits for one, and so do clients.
    @inline(never) mutating func takeNames() {
        while let (number, answer) = names.takeAnswer() {
            if link.phase == .resolves, link.question == number { hear(answer) }
            serveNameWaits(number)
        }
    }

    private mutating func hear(_ answer: NameAnswer) {
        switch answer {
        case .failure(let reason): connectingHasFailed(reason)
        // It is asked for again, and known.
        case .addresses: findPrimary()
        }
    }
}
