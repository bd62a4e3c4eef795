// Calls to other servers: a connection that is made, written to and read from step by step, where each step waits for
// a known time at most. The caller waits with it. Tests put calls of their own in its place.

internal import CLinux
import Glibc

/// Why a step of a call came to nothing.
public enum CallFailure: Error, Equatable, Sendable {
    case timeout
    /// There is no way to such a server.
    case unreachable
    /// The server has refused, or closed, the connection.
    case broken
}

/// Connections that this process opens.
public protocol OutboundNetwork: Sendable {
    /// Opens a connection to a server at one of its addresses.
    func connect(to targets: [SocketAddress], within milliseconds: Int) throws(CallFailure) -> Int32
    /// Sends all the bytes.
    func send(_ descriptor: Int32, _ bytes: RawSpan, within milliseconds: Int) throws(CallFailure)
    /// Waits for some bytes, and returns how many there are now in `space`.
    func receive(_ descriptor: Int32, into space: inout MutableRawSpan, within milliseconds: Int) throws(CallFailure)
        -> Int
    func close(_ descriptor: Int32)
}

/// Connections of the kernel.
public struct SystemOutboundNetwork: OutboundNetwork {
    public init() {}

    // MARK: Connecting

    public func connect(to targets: [SocketAddress], within milliseconds: Int) throws(CallFailure) -> Int32 {
        let end = Moment(in: milliseconds)
        var failure = CallFailure.unreachable
        for target in targets {
            do throws(CallFailure) { return try connect(target, until: end) } catch { failure = error }
        }
        throw failure
    }

    private func connect(_ target: SocketAddress, until end: Moment) throws(CallFailure) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(target.kernelFamily, kind, 0)
        guard descriptor >= 0 else { throw .unreachable }
        do throws(CallFailure) {
            let result = unsafe target.withKernelAddress { unsafe Glibc.connect(descriptor, $0, $1) }
            if result != 0 {
                guard errno == EINPROGRESS else { throw .broken }
                try wait(descriptor, for: Int16(POLLOUT), until: end)
                var code: Int32 = 0, size = socklen_t(MemoryLayout<Int32>.size)
                guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 else {
                    throw .broken
                }
            }
        } catch {
            close(descriptor)
            throw error
        }
        SocketOptions.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return descriptor
    }

    public func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    // MARK: Bytes

    public func send(_ descriptor: Int32, _ bytes: RawSpan, within milliseconds: Int) throws(CallFailure) {
        let end = Moment(in: milliseconds)
        var offset = 0
        while offset < bytes.byteCount {
            let rest = bytes.extracting(droppingFirst: offset)
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                offset += count
            } else if count < 0, errno == EAGAIN {
                try wait(descriptor, for: Int16(POLLOUT), until: end)
            } else if count == 0 || errno != EINTR {
                throw errno == ETIMEDOUT ? .timeout : .broken
            }
        }
    }

    public func receive(
        _ descriptor: Int32, into space: inout MutableRawSpan, within milliseconds: Int
    ) throws(CallFailure) -> Int {
        let end = Moment(in: milliseconds)
        while true {
            let count = unsafe space.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 { return count }
            if count < 0, errno == EAGAIN {
                try wait(descriptor, for: Int16(POLLIN), until: end)
            } else if count == 0 || errno != EINTR {
                throw count < 0 && errno == ETIMEDOUT ? .timeout : .broken
            }
        }
    }

    // MARK: Waiting

    /// A moment by the clock that nobody turns.
    private struct Moment {
        let nanoseconds: Int64

        init(in milliseconds: Int) {
            let span = Int64(max(0, milliseconds)).multipliedReportingOverflow(by: 1_000_000)
            let sum = Ticks.nanoseconds().addingReportingOverflow(span.partialValue)
            nanoseconds = span.overflow || sum.overflow ? .max : sum.partialValue
        }

        /// Rounded up, so that waiting so long is enough.
        var millisecondsLeft: Int32 {
            let left = nanoseconds - Ticks.nanoseconds()
            return left <= 0 ? 0 : Int32(clamping: (left - 1) / 1_000_000 + 1)
        }
    }

    private func wait(_ descriptor: Int32, for events: Int16, until end: Moment) throws(CallFailure) {
        while true {
            let left = end.millisecondsLeft
            guard left > 0 else { throw .timeout }
            var request = pollfd(fd: descriptor, events: events, revents: 0)
            let count = unsafe poll(&request, 1, left)
            if count > 0 { return }
            if count < 0, errno != EINTR { throw .broken }
        }
    }
}
