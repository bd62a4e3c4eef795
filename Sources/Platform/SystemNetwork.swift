// The machine's own sockets: epoll, edge-triggered, so that a socket is registered once and the kernel does not look
// again at sockets that have been served. Listening sockets are level-triggered: several connections may wait there.

internal import CLinux
import Glibc

/// Sockets of the kernel.
@safe public final class SystemNetwork: Network {
    private let poller: Int32
    /// Owned; filled by `wait`, and not touched before: an idle server needs few.
    private let events: UnsafeMutablePointer<epoll_event>
    private static let mostEvents = 1024
    /// Given up for an instant to refuse a connection politely when no descriptor is left.
    private var spare: Int32

    public init() {
        poller = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(poller >= 0, "the kernel has no epoll")
        unsafe events = .allocate(capacity: SystemNetwork.mostEvents)
        spare = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    deinit {
        unsafe events.deallocate()
        _ = Glibc.close(poller)
        if spare >= 0 { _ = Glibc.close(spare) }
    }

    // MARK: Readiness

    public func add(_ descriptor: Int32, token: UInt64) {
        let interest = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        add(descriptor, token, interest)
    }

    public func add(listener: Int32, token: UInt64) {
        add(listener, token, EPOLLIN.rawValue)
    }

    private func add(_ descriptor: Int32, _ token: UInt64, _ interest: UInt32) {
        var event = unsafe epoll_event()
        unsafe event.events = interest
        unsafe event.data.u64 = token
        unsafe epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event)
    }

    public func wait(milliseconds: Int32, most: Int) -> Int {
        let most = Int32(max(1, min(most, SystemNetwork.mostEvents)))
        return unsafe max(0, Int(epoll_wait(poller, events, most, milliseconds)))
    }

    public func event(at index: Int) -> NetworkEvent {
        precondition(index >= 0 && index < SystemNetwork.mostEvents)
        let (changes, token) = unsafe (events[index].events, events[index].data.u64)
        let ending = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
        return NetworkEvent(
            token: token,
            isReadable: changes & (EPOLLIN.rawValue | ending) != 0,
            isWritable: changes & EPOLLOUT.rawValue != 0,
            isEnding: changes & ending != 0)
    }

    // MARK: Bytes

    public func receive(_ descriptor: Int32, into space: inout MutableRawSpan) -> Transfer {
        let count = unsafe space.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        return SystemNetwork.transfer(count, zero: .closed)
    }

    public func send(_ descriptor: Int32, _ bytes: RawSpan) -> Transfer {
        let flags = Int32(MSG_NOSIGNAL)
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
        return SystemNetwork.transfer(count, zero: .bytes(0))
    }

    public func send(_ descriptor: Int32, _ pieces: borrowing Pieces) -> Transfer {
        var message = unsafe msghdr()
        unsafe message.msg_iov = UnsafeMutablePointer(mutating: pieces.vector)
        unsafe message.msg_iovlen = pieces.count
        let count = unsafe sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
        return SystemNetwork.transfer(count, zero: .bytes(0))
    }

    @inline(__always) private static func transfer(_ count: Int, zero: Transfer) -> Transfer {
        if _fastPath(count > 0) { return .bytes(count) }
        if count == 0 { return zero }
        return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? .wouldBlock : .closed
    }

    public func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    // MARK: Connections

    public func accept(from listener: Int32, keepaliveSeconds: Int32) -> Acceptance {
        while true {
            var storage = sockaddr_storage()
            let descriptor = SystemNetwork.accept(listener, &storage)
            if descriptor >= 0 { return .connection(connection(descriptor, storage, keepaliveSeconds)) }
            switch errno {
            case EINTR, ECONNABORTED, EPROTO: continue
            case EMFILE, ENFILE: return refuse(listener)
            case EAGAIN: return .none
            default: return .none
            }
        }
    }

    private static func accept(_ listener: Int32, _ storage: inout sockaddr_storage) -> Int32 {
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe accept4(listener, $0, &size, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            }
        }
    }

    private func connection(_ descriptor: Int32, _ peer: sockaddr_storage, _ keepaliveSeconds: Int32) -> Connection {
        let peer = SocketAddress(peer)
        guard peer.hasAddress else { return Connection(descriptor: descriptor, peer: .none, local: .none) }
        var local = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        unsafe withUnsafeMutablePointer(to: &local) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe getsockname(descriptor, $0, &size)
            }
        }
        SocketOptions.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if keepaliveSeconds > 0 { SocketOptions.keepAlive(descriptor, seconds: keepaliveSeconds) }
        return Connection(descriptor: descriptor, peer: peer, local: SocketAddress(local))
    }

    /// No descriptor is left: the spare one serves to take the connection and send it away.
    private func refuse(_ listener: Int32) -> Acceptance {
        let reason = unsafe String(cString: strerror(errno))
        guard spare >= 0 else {
            spare = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
            return .none
        }
        _ = Glibc.close(spare)
        var storage = sockaddr_storage()
        let descriptor = SystemNetwork.accept(listener, &storage)
        if descriptor >= 0 {
            let farewell: StaticString = "-ERR max number of clients reached\r\n"
            _ = unsafe Glibc.send(descriptor, farewell.utf8Start, farewell.utf8CodeUnitCount, Int32(MSG_NOSIGNAL))
            _ = Glibc.close(descriptor)
        }
        spare = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        return descriptor >= 0 ? .refused(reason: reason) : .none
    }
}
