// Signals as something to read: they are blocked, and a descriptor tells which ones came. No code runs at their
// arrival, so nothing needs to be global.

internal import CLinux
import Glibc

/// The signals that a server obeys, as long as the process lives.
@safe public struct SignalQueue {
    public enum Signal { case terminate, interrupt, hangUp }

    public let descriptor: Int32

    /// From here on SIGTERM, SIGINT and SIGHUP wait to be read, and SIGPIPE is ignored.
    public init() {
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, number) }
        unsafe sigprocmask(SIG_BLOCK, &signals, nil)
        descriptor = unsafe signalfd(-1, &signals, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
    }

    /// The next signal that came, if any.
    public func next() -> Signal? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard unsafe read(descriptor, &information, size) == size else { return nil }
        switch Int32(information.ssi_signo) {
        case SIGTERM: return .terminate
        case SIGINT: return .interrupt
        default: return .hangUp
        }
    }
}
