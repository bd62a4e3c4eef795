// Opening the sockets at which connections are awaited.

internal import CLinux
import Glibc

extension SystemNetwork {
    public func listen(host: String?, version6: Bool, port: UInt16, backlog: Int32) throws(ListenError) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = version6 ? AF_INET6 : AF_INET
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let result =
            unsafe host.map { unsafe getaddrinfo($0, String(port), &hints, &found) }
            ?? getaddrinfo(nil, String(port), &hints, &found)
        guard result == 0, let first = unsafe found else {
            throw ListenError(call: "getaddrinfo", code: 0, reason: unsafe String(cString: gai_strerror(result)))
        }
        defer { unsafe freeaddrinfo(first) }
        var candidate: UnsafeMutablePointer<addrinfo>? = unsafe first
        var failure = ListenError(call: "bind", code: EADDRNOTAVAIL, reason: "no address", isUnavailable: true)
        while let address = unsafe candidate {
            do throws(ListenError) { return unsafe try SystemNetwork.open(address.pointee, version6, backlog) } catch {
                failure = error
            }
            unsafe candidate = address.pointee.ai_next
        }
        throw failure
    }

    private static func open(_ address: addrinfo, _ version6: Bool, _ backlog: Int32) throws(ListenError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = unsafe socket(address.ai_family, kind, address.ai_protocol)
        guard descriptor >= 0 else { throw failure("socket") }
        if version6 { SocketOptions.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        SocketOptions.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        guard unsafe bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            throw failure("bind", closing: descriptor)
        }
        guard Glibc.listen(descriptor, backlog) == 0 else { throw failure("listen", closing: descriptor) }
        return descriptor
    }

    public func listen(path: String, mode: UInt32, backlog: Int32) throws(ListenError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else {
            throw ListenError(call: "bind", code: ENAMETOOLONG, reason: "File name too long")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw SystemNetwork.failure("socket") }
        removeSocketFile(path)
        // The file appears in `bind`: the mask makes it no wider than it may ever be.
        let oldMask = mode == 0 ? nil : umask(~mode & 0o777)
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        let code = errno
        if let oldMask { _ = umask(oldMask) }
        errno = code
        guard bound == 0 else { throw SystemNetwork.failure("bind", closing: descriptor) }
        if mode != 0 { _ = unsafe chmod(path, mode) }
        guard Glibc.listen(descriptor, backlog) == 0 else { throw SystemNetwork.failure("listen", closing: descriptor) }
        return descriptor
    }

    public func removeSocketFile(_ path: String) { _ = unsafe unlink(path) }

    private static func failure(_ call: String, closing descriptor: Int32? = nil) -> ListenError {
        let code = errno
        if let descriptor { _ = Glibc.close(descriptor) }
        let unsupported = [ENOPROTOOPT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EPFNOSUPPORT, EAFNOSUPPORT].contains(code)
        return ListenError(
            call: call, code: code, reason: unsafe String(cString: strerror(code)),
            isUnavailable: code == EADDRNOTAVAIL, isUnsupported: unsupported)
    }
}

/// Options of a socket that are single numbers.
enum SocketOptions {
    static func set(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The kernel asks a silent peer whether it lives: first after `seconds`, then three times in as long again.
    static func keepAlive(_ descriptor: Int32, seconds: Int32) {
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, seconds)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, max(1, seconds / 3))
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }
}
