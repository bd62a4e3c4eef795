// The wall to the network: everything that the event loop asks of sockets, so that tests can put a network of their
// own in its place, with partial reads, resets and slow readers. The real one is `SystemNetwork`.
//
// Readiness is reported once for each change, for both directions: a socket is added once and never changed again.
// Whoever is told that a socket is readable must remember it until `receive` has returned less than it was offered.

/// What a socket call came to.
public enum Transfer: Equatable, Sendable {
    case bytes(Int)
    case wouldBlock
    case closed
}

/// What waiting at a listening socket came to.
public enum Acceptance: Sendable {
    case connection(Connection)
    /// Nobody else waits.
    case none
    /// A connection was refused, because this process or the machine has no descriptor left.
    case refused(reason: String)
}

/// A connection just accepted, ready for non-blocking use.
public struct Connection: Sendable {
    public let descriptor: Int32
    public let peer: SocketAddress
    public let local: SocketAddress

    public init(descriptor: Int32, peer: SocketAddress, local: SocketAddress) {
        self.descriptor = descriptor
        self.peer = peer
        self.local = local
    }
}

/// Why a socket does not listen.
public struct ListenError: Error {
    /// The call that failed, such as `bind`.
    public let call: String
    public let code: Int32
    /// The system's words for the code.
    public let reason: String
    /// The address does not exist on this machine.
    public let isUnavailable: Bool
    /// The machine does not speak this protocol at all.
    public let isUnsupported: Bool

    public init(call: String, code: Int32, reason: String, isUnavailable: Bool = false, isUnsupported: Bool = false) {
        self.call = call
        self.code = code
        self.reason = reason
        self.isUnavailable = isUnavailable
        self.isUnsupported = isUnsupported
    }
}

/// Why a connection to another server is not there.
public struct ConnectError: Error {
    /// The system's words.
    public let reason: String

    public init(reason: String) { self.reason = reason }
}

/// A change of a socket's readiness.
public struct NetworkEvent: Sendable {
    /// What the socket was added with.
    public let token: UInt64
    public let isReadable: Bool
    public let isWritable: Bool
    /// The other side has closed, or the connection is broken: `receive` tells which.
    public let isEnding: Bool

    public init(token: UInt64, isReadable: Bool, isWritable: Bool, isEnding: Bool) {
        self.token = token
        self.isReadable = isReadable
        self.isWritable = isWritable
        self.isEnding = isEnding
    }
}

/// Sockets and their readiness.
public protocol Network: AnyObject {
    /// Opens a listening TCP socket: `host` is an address or a name, or nil for every address of the family.
    func listen(host: String?, version6: Bool, port: UInt16, backlog: Int32) throws(ListenError) -> Int32

    /// Opens a listening Unix socket. Its file has the permissions `mode` from its first instant; zero leaves the
    /// process's own rule in force.
    func listen(path: String, mode: UInt32, backlog: Int32) throws(ListenError) -> Int32

    /// The next connection that waits at a listening socket.
    func accept(from listener: Int32, keepaliveSeconds: Int32) -> Acceptance

    /// Reports changes of the socket's readiness under this token, until it is closed.
    func add(_ descriptor: Int32, token: UInt64)

    /// Reports while connections wait at the listening socket, until it is closed.
    func add(listener: Int32, token: UInt64)

    /// Waits for changes, at most so long (negative: without limit), and returns how many `event(at:)` has. If there
    /// are more than `most`, or than fit, the others come with the next call, before any newer.
    func wait(milliseconds: Int32, most: Int) -> Int

    func event(at index: Int) -> NetworkEvent

    func receive(_ descriptor: Int32, into space: inout MutableRawSpan) -> Transfer

    func send(_ descriptor: Int32, _ bytes: RawSpan) -> Transfer

    /// Sends several pieces, one behind the other, as if they were one.
    func send(_ descriptor: Int32, _ pieces: borrowing Pieces) -> Transfer

    func close(_ descriptor: Int32)

    /// Begins to connect to a server at the first of these addresses to which there is a way, from one of those others
    /// if there are any: the socket is writable when the connection is there, or will never be.
    func connect(to targets: [SocketAddress], from sources: [SocketAddress]) throws(ConnectError) -> Int32

    /// Why the connection has failed, in the system's words; nil if it has not.
    func failure(of descriptor: Int32) -> String?

    /// Both ends of a connection that this process has made.
    func connection(_ descriptor: Int32) -> Connection

    /// Removes the file of a Unix socket.
    func removeSocketFile(_ path: String)
}

extension Network {
    /// A network without a way to other servers.
    public func connect(to targets: [SocketAddress], from sources: [SocketAddress]) throws(ConnectError) -> Int32 {
        throw ConnectError(reason: "Network is unreachable")
    }

    public func failure(of descriptor: Int32) -> String? { nil }

    public func connection(_ descriptor: Int32) -> Connection {
        Connection(descriptor: descriptor, peer: .none, local: .none)
    }
}
