// A network without a kernel: connections of a test to the server in the same process. It behaves as an edge-triggered
// poller does, to the letter: a change is reported once, so that an event loop that forgets something stands still.

import Platform

/// Sockets that a test holds by their other ends.
final class FakeNetwork: Network {
    /// One connection.
    private struct Line {
        var token: UInt64?
        /// What the test has said and the server has not read.
        var spoken: [UInt8] = []
        /// What the server has sent and the test has not taken.
        var heard: [UInt8] = []
        /// How many bytes `heard` may hold before the server must wait.
        var window = Int.max
        var isEnded = false
        var isReset = false
        var isClosed = false
        /// The server was refused room, and is to be told when there is some.
        var wantsRoom = false
        var hasNews = false
    }

    private var lines: [Int32: Line] = [:]
    private var waiting: [Connection] = []
    private var listeners: [Int32: UInt64] = [:]
    private var events: [NetworkEvent] = []
    private var nextDescriptor: Int32 = 10
    /// Descriptors that the process may have; beyond them connections are refused.
    var mostDescriptors = Int.max
    /// How often the server read and wrote, and how long it last wanted to wait.
    private(set) var reads = 0
    private(set) var writes = 0
    private(set) var lastWait: Int32 = 0
    /// The last wait left something out.
    private(set) var hasMoreToTell = false

    init() {}

    // MARK: The test's side

    /// Connects to the server, which accepts in its next turn.
    func connect(from peer: SocketAddress = SocketAddress(version4: 0x7F00_0001, port: 50000)) -> Int32 {
        let descriptor = nextDescriptor
        nextDescriptor += 1
        lines[descriptor] = Line()
        openCount += 1
        let local = SocketAddress(version4: 0x7F00_0001, port: 6379)
        waiting.append(Connection(descriptor: descriptor, peer: peer, local: local))
        return descriptor
    }

    func say(_ bytes: some Sequence<UInt8>, on descriptor: Int32) {
        lines[descriptor]?.spoken += bytes
        lines[descriptor]?.hasNews = true
    }

    /// Takes what the server has sent.
    func hear(on descriptor: Int32) -> [UInt8] {
        guard var line = lines[descriptor] else { return [] }
        let heard = line.heard
        line.heard = []
        if line.wantsRoom { line.hasNews = true }
        lines[descriptor] = line
        return heard
    }

    /// How much the other end takes before it has been listened to.
    func setWindow(_ size: Int, on descriptor: Int32) {
        lines[descriptor]?.window = size
        if lines[descriptor]?.wantsRoom == true { lines[descriptor]?.hasNews = true }
    }

    /// The test says nothing more.
    func end(_ descriptor: Int32) {
        lines[descriptor]?.isEnded = true
        lines[descriptor]?.hasNews = true
    }

    func reset(_ descriptor: Int32) {
        lines[descriptor]?.isReset = true
        lines[descriptor]?.hasNews = true
    }

    func isClosedByServer(_ descriptor: Int32) -> Bool { lines[descriptor]?.isClosed ?? true }
    /// What the server has not read yet.
    func unread(on descriptor: Int32) -> Int { lines[descriptor]?.spoken.count ?? 0 }
    private(set) var openCount = 0

    // MARK: Connections that the server makes

    /// Each that it has made, in their order; the test holds the other end.
    private(set) var outgoing: [Int32] = []
    /// Why none can be made, if that is so.
    var refusal: String?

    /// Where to, each time.
    private(set) var targets: [[SocketAddress]] = []

    func connect(to targets: [SocketAddress], from sources: [SocketAddress]) throws(ConnectError) -> Int32 {
        if let refusal { throw ConnectError(reason: refusal) }
        self.targets.append(targets)
        let descriptor = nextDescriptor
        nextDescriptor += 1
        lines[descriptor] = Line()
        lines[descriptor]?.hasNews = true
        openCount += 1
        outgoing.append(descriptor)
        return descriptor
    }

    func failure(of descriptor: Int32) -> String? {
        lines[descriptor]?.isReset == true ? "Connection refused" : nil
    }

    func connection(_ descriptor: Int32) -> Connection {
        let end = SocketAddress(version4: 0x7F00_0001, port: 6379)
        return Connection(descriptor: descriptor, peer: end, local: end)
    }

    // MARK: The server's side

    func listen(host: String?, version6: Bool, port: UInt16, backlog: Int32) throws(ListenError) -> Int32 {
        if host == "999.999.999.999" {
            throw ListenError(call: "getaddrinfo", code: 0, reason: "Name or service not known")
        }
        return listener()
    }

    func listen(path: String, mode: UInt32, backlog: Int32) throws(ListenError) -> Int32 { listener() }

    private func listener() -> Int32 {
        defer { nextDescriptor += 1 }
        return nextDescriptor
    }

    func accept(from listener: Int32, keepaliveSeconds: Int32) -> Acceptance {
        guard !waiting.isEmpty else { return .none }
        let connection = waiting.removeFirst()
        guard openCount - waiting.count <= mostDescriptors else {
            close(connection.descriptor)
            return .refused(reason: "Too many open files")
        }
        return .connection(connection)
    }

    func add(_ descriptor: Int32, token: UInt64) { lines[descriptor]?.token = token }
    func add(listener: Int32, token: UInt64) { listeners[listener] = token }

    func wait(milliseconds: Int32, most: Int) -> Int {
        lastWait = milliseconds
        events = []
        if !waiting.isEmpty {
            for token in listeners.values {
                events.append(NetworkEvent(token: token, isReadable: true, isWritable: false, isEnding: false))
            }
        }
        let withNews = lines.compactMap { $0.value.hasNews && !$0.value.isClosed ? $0.key : nil }
        let told = max(1, most - events.count)
        hasMoreToTell = withNews.count > told
        for descriptor in withNews.sorted().prefix(told) {
            guard let line = lines[descriptor], let token = line.token else { continue }
            let hasRoom = line.heard.count < line.window
            events.append(
                NetworkEvent(
                    token: token, isReadable: !line.spoken.isEmpty || line.isEnded || line.isReset, isWritable: hasRoom,
                    isEnding: line.isEnded || line.isReset))
            lines[descriptor]?.hasNews = false
            if hasRoom { lines[descriptor]?.wantsRoom = false }
        }
        return events.count
    }

    func event(at index: Int) -> NetworkEvent { events[index] }

    func receive(_ descriptor: Int32, into space: inout MutableRawSpan) -> Transfer {
        reads += 1
        guard let line = lines[descriptor], !line.isReset, !line.isClosed else { return .closed }
        if line.spoken.isEmpty { return line.isEnded ? .closed : .wouldBlock }
        let count = min(line.spoken.count, space.byteCount)
        for index in 0..<count { space.storeBytes(of: line.spoken[index], toByteOffset: index, as: UInt8.self) }
        lines[descriptor]?.spoken.removeFirst(count)
        return .bytes(count)
    }

    func send(_ descriptor: Int32, _ bytes: RawSpan) -> Transfer {
        writes += 1
        guard let line = lines[descriptor], !line.isReset, !line.isClosed else { return .closed }
        let count = min(bytes.byteCount, max(0, line.window - line.heard.count))
        if count < bytes.byteCount { lines[descriptor]?.wantsRoom = true }
        guard count > 0 else { return .wouldBlock }
        lines[descriptor]?.heard += (0..<count).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        return .bytes(count)
    }

    func send(_ descriptor: Int32, _ pieces: borrowing Pieces) -> Transfer {
        var sent = 0
        for index in 0..<pieces.count {
            let piece = pieces.piece(at: index)
            switch send(descriptor, piece) {
            case .bytes(let count):
                sent += count
                if count < piece.byteCount { return .bytes(sent) }
            case .wouldBlock: return sent > 0 ? .bytes(sent) : .wouldBlock
            case .closed: return .closed
            }
        }
        return .bytes(sent)
    }

    func close(_ descriptor: Int32) {
        guard let line = lines[descriptor] else { return listeners[descriptor] = nil }
        if !line.isClosed { openCount -= 1 }
        lines[descriptor]?.isClosed = true
    }

    func removeSocketFile(_ path: String) {}
}
