// How another thread ends the wait of the event loop: a descriptor that becomes readable.

internal import CLinux
import Glibc

/// A wake-up call for whoever waits at `descriptor`. Several calls are one until it is cleared.
public final class Wakeup: Sendable {
    public let descriptor: Int32

    public init() { descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)) }

    deinit {
        if descriptor >= 0 { _ = close(descriptor) }
    }

    /// From any thread.
    public func call() {
        var count: UInt64 = 1
        _ = unsafe write(descriptor, &count, 8)
    }

    public func clear() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, 8)
    }
}
