// Connections that this process opens without waiting for them.

internal import CLinux
import Glibc

extension SystemNetwork {
    public func connect(host: String, port: UInt16, from source: String?) throws(ConnectError) -> Int32 {
        let first = unsafe try SystemNetwork.addresses(of: host, port: port, isOwn: false)
        defer { unsafe freeaddrinfo(first) }
        var candidate: UnsafeMutablePointer<addrinfo>? = unsafe first
        var failure = ConnectError(reason: "Network is unreachable")
        while let address = unsafe candidate {
            do throws(ConnectError) { return unsafe try SystemNetwork.open(address.pointee, from: source) } catch {
                failure = error
            }
            unsafe candidate = address.pointee.ai_next
        }
        throw failure
    }

    private static func addresses(
        of host: String, port: UInt16, isOwn: Bool
    ) throws(ConnectError) -> UnsafeMutablePointer<addrinfo> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host, isOwn ? nil : String(port), &hints, &found)
        guard result == 0, let first = unsafe found else {
            throw ConnectError(reason: unsafe String(cString: gai_strerror(result)))
        }
        return unsafe first
    }

    private static func open(_ address: addrinfo, from source: String?) throws(ConnectError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = unsafe socket(address.ai_family, kind, address.ai_protocol)
        guard descriptor >= 0 else { throw lastError }
        do throws(ConnectError) {
            if let source { try bind(descriptor, to: source) }
            let result = unsafe Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen)
            guard result == 0 || errno == EINPROGRESS else { throw lastError }
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
        SocketOptions.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return descriptor
    }

    /// The connection comes from one of the addresses of that name.
    private static func bind(_ descriptor: Int32, to source: String) throws(ConnectError) {
        let first = unsafe try addresses(of: source, port: 0, isOwn: true)
        defer { unsafe freeaddrinfo(first) }
        var candidate: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let address = unsafe candidate {
            if unsafe Glibc.bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 { return }
            unsafe candidate = address.pointee.ai_next
        }
        throw lastError
    }

    private static var lastError: ConnectError { ConnectError(reason: unsafe String(cString: strerror(errno))) }

    public func failure(of descriptor: Int32) -> String? {
        var code: Int32 = 0, size = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        if result != 0 { code = errno }
        return code == 0 ? nil : unsafe String(cString: strerror(code))
    }

    public func connection(_ descriptor: Int32) -> Connection {
        var peer = sockaddr_storage(), local = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        unsafe withUnsafeMutablePointer(to: &peer) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe getpeername(descriptor, $0, &size)
            }
        }
        size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        unsafe withUnsafeMutablePointer(to: &local) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe getsockname(descriptor, $0, &size)
            }
        }
        return Connection(descriptor: descriptor, peer: SocketAddress(peer), local: SocketAddress(local))
    }
}
