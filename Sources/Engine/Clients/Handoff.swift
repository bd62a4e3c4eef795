// A server that is about to go tells the clients that have asked for it where to go on, in the words that Redis's own
// client libraries understand: `MOVING`, a number that names the move, the seconds that it may take, and where to.
// What the libraries do then is theirs: they connect there, and let what is under way end here.

/// In which form a client wants to hear of other servers.
enum MaintenanceNotices: UInt8 {
    /// Not at all.
    case off
    /// By their address.
    case addressed
    /// Without one: it comes back to the address that it knows.
    case unaddressed
}

/// Where clients are being sent, and until when.
struct Handoff {
    /// As `host:port`.
    fileprivate var target = ""
    /// In milliseconds since 1970.
    fileprivate var end: Int64 = 0
    /// Numbers the moves; clients hear of each move once.
    fileprivate var number: Int64 = 0

    static let defaultSeconds = 30

    /// The host with a port: with this server's, if it names none. Nil if that makes no address.
    static func address(_ host: String, port: Int) -> String? {
        let isPlain = host.utf8.allSatisfy { (33...126).contains($0) }
        guard isPlain, (1...255).contains(host.utf8.count) else { return nil }
        let colons = host.utf8.filter { $0 == UInt8(ascii: ":") }.count
        if host.hasPrefix("[") {
            if host.hasSuffix("]") { return "\(host):\(port)" }
        } else if colons == 0 {
            return "\(host):\(port)"
        } else if colons > 1 {
            return "[\(host)]:\(port)"
        }
        guard let colon = host.lastIndex(of: ":"), colon > host.startIndex,
            let given = UInt16(host[host.index(after: colon)...]), given > 0
        else { return nil }
        return host
    }
}

extension CommandContext {
    /// Sends the clients that want to hear of it to another server; answers how many those are.
    mutating func handOff(to target: String, seconds: Int) -> Int {
        handoff = Handoff(
            target: target, end: now + Int64(seconds) * 1000, number: max(handoff.number + 1, now / 1000))
        var count = 0
        for client in clients.identifiers where hears(client) {
            tellOfHandoff(client)
            count += 1
        }
        log.notice("Sending clients to \(target) within \(seconds) seconds: \(count) have heard of it")
        return count
    }

    /// Whoever is leaving anyway, or follows the changes, has nowhere to be sent.
    private func hears(_ client: ClientIdentifier) -> Bool {
        clients[client].maintenanceNotices != .off && clients[client].output.version == .three
            && clients[client].flags.isDisjoint(with: [.isClosing, .isReplica])
    }

    /// The client that is served asks for notices, and hears behind its reply of a handoff that goes on.
    mutating func setNotices(_ notices: MaintenanceNotices) {
        client.maintenanceNotices = notices
        if now < handoff.end, hears(current) { tellOfHandoff(current) }
    }

    private mutating func tellOfHandoff(_ client: ClientIdentifier) {
        var message = ReplyWriter()
        message.version = .three
        message.push(4)
        message.bulk("MOVING")
        message.integer(Int(handoff.number))
        message.integer(Int(max(1, (handoff.end - now) / 1000)))
        if clients[client].maintenanceNotices == .addressed {
            message.bulk(text: handoff.target)
        } else {
            message.null()
        }
        if client == current {
            channels.messagesToSender.takeOver(message, droppingFirst: 0)
            attention.insert(.hasMessages)
        } else {
            clients.send(message, to: client)
        }
    }
}
