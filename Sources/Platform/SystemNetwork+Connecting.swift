// Connections that this process opens without waiting for them.

internal import CLinux
import Glibc

extension SystemNetwork {
    public func connect(to targets: [SocketAddress], from sources: [SocketAddress]) throws(ConnectError) -> Int32 {
        var failure = ConnectError(reason: "Network is unreachable")
        for target in targets {
            do throws(ConnectError) { return try SystemNetwork.open(target, from: sources) } catch { failure = error }
        }
        throw failure
    }

    private static func open(_ target: SocketAddress, from sources: [SocketAddress]) throws(ConnectError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(target.kernelFamily, kind, 0)
        guard descriptor >= 0 else { throw lastError }
        do throws(ConnectError) {
            if !sources.isEmpty { try bind(descriptor, to: sources) }
            let result = unsafe target.withKernelAddress { unsafe Glibc.connect(descriptor, $0, $1) }
            guard result == 0 || errno == EINPROGRESS else { throw lastError }
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
        SocketOptions.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return descriptor
    }

    /// The connection comes from one of these addresses.
    private static func bind(_ descriptor: Int32, to sources: [SocketAddress]) throws(ConnectError) {
        for source in sources {
            let result = unsafe source.at(port: 0).withKernelAddress { unsafe Glibc.bind(descriptor, $0, $1) }
            if result == 0 { return }
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
