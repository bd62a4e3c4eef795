// Connections to the servers that MIGRATE has sent values to lately. They are kept for some seconds, since the next
// value often goes the same way. Who uses one waits with it; each step of it has its own time.

internal import Platform

/// A connection to another server, and which of its databases is selected there.
struct TransferLink {
    /// Host and port as they were asked for.
    let name: [UInt8]
    let descriptor: Int32
    /// Nil if that is not known.
    var database: Int64?
    fileprivate(set) var lastUse: Int64
}

/// The connections that are kept.
struct TransferLinks: ~Copyable {
    private static let mostLinks = 64
    private static let longestRestMilliseconds: Int64 = 10_000
    /// So much is sent in one step.
    private static let pieceSize = 64 << 10
    /// What a line is cut at.
    private static let longestLine = 1023

    var network: any OutboundNetwork
    private var links: [TransferLink] = []
    /// What has been received and not been read yet.
    private var inbox = Buffer()

    init(network: any OutboundNetwork = SystemOutboundNetwork()) { self.network = network }

    deinit { for link in links { network.close(link.descriptor) } }

    var count: Int { links.count }

    func contains(_ name: [UInt8]) -> Bool { links.contains { $0.name == name } }

    /// The connection to a server, which is opened if there is none; `victim` chooses one to give up for it.
    mutating func open(
        _ name: [UInt8], at targets: [SocketAddress], within milliseconds: Int, now: Int64, victim: (Int) -> Int
    ) throws(CallFailure) -> TransferLink {
        inbox.truncate(to: 0)
        if let index = links.firstIndex(where: { $0.name == name }) {
            links[index].lastUse = now
            return links[index]
        }
        if links.count >= TransferLinks.mostLinks { close(links.remove(at: victim(links.count))) }
        let descriptor = try network.connect(to: targets, within: milliseconds)
        let link = TransferLink(name: name, descriptor: descriptor, lastUse: now)
        links.append(link)
        return link
    }

    /// The database that is selected at the other side from now on.
    mutating func note(_ database: Int64?, of link: TransferLink) {
        guard let index = links.firstIndex(where: { $0.name == link.name }) else { return }
        links[index].database = database
    }

    mutating func drop(_ link: TransferLink) {
        guard let index = links.firstIndex(where: { $0.name == link.name }) else { return }
        close(links.remove(at: index))
    }

    private func close(_ link: TransferLink) { network.close(link.descriptor) }

    /// Closes what has not been used for some seconds.
    mutating func closeIdle(now: Int64) {
        guard !links.isEmpty else { return }
        let longest = TransferLinks.longestRestMilliseconds
        for link in links where now - link.lastUse > longest { close(link) }
        links.removeAll { now - $0.lastUse > longest }
    }

    // MARK: Talking

    mutating func send(_ bytes: Bytes, to link: TransferLink, within milliseconds: Int) throws(CallFailure) {
        var offset = 0
        while offset < bytes.count {
            let piece = bytes.dropping(first: offset).prefix(min(TransferLinks.pieceSize, bytes.count - offset))
            try network.send(link.descriptor, piece.span, within: milliseconds)
            offset += piece.count
        }
    }

    /// The next line of the other side, without its end. What is too long for a message is left out, not kept.
    mutating func line(from link: TransferLink, within milliseconds: Int) throws(CallFailure) -> [UInt8] {
        let end = Ticks.nanoseconds() / 1_000_000 + Int64(milliseconds)
        let network = network
        var line: [UInt8] = []
        while true {
            if let place = inbox.contents.firstIndex(of: UInt8(ascii: "\n")) {
                line += inbox.contents.prefix(place).array
                inbox.removeFirst(place + 1)
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return Array(line.prefix(TransferLinks.longestLine))
            }
            if line.count < TransferLinks.longestLine { line += inbox.contents.array }
            inbox.truncate(to: 0)
            let left = end - Ticks.nanoseconds() / 1_000_000
            guard left > 0 else { throw .timeout }
            inbox.reserve(4096)
            var space = inbox.unused
            let count = try network.receive(link.descriptor, into: &space, within: Int(left))
            inbox.advance(count)
        }
    }

    /// Something has been said that nobody asked for: the other side is not what it should be.
    var hasUnreadBytes: Bool { !inbox.isEmpty }
}
