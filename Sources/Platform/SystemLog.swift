// The log of the machine, beside the server's own.
// Ownership rule: the name is the library's for as long as the process lives.

import Glibc

/// An open connection to syslog.
public struct SystemLog {
    /// How grave a message is, from the gravest on.
    public enum Gravity: Sendable {
        case warning, notice, information, debug

        fileprivate var priority: Int32 {
            switch self {
            case .warning: LOG_WARNING
            case .notice: LOG_NOTICE
            case .information: LOG_INFO
            case .debug: LOG_DEBUG
            }
        }
    }

    /// `facility` is `user`, or `local0` to `local7`.
    public init(name: String, facility: String) {
        // LOG_USER is 1, LOG_LOCAL0 is 16, both with three bits for the priority below.
        let number = facility.last?.wholeNumberValue.map { 16 + $0 } ?? 1
        unsafe openlog(strdup(name), LOG_PID | LOG_NDELAY | LOG_NOWAIT, Int32(number) << 3)
    }

    public func append(_ message: String, _ gravity: Gravity) {
        unsafe message.withCString { text in
            unsafe withVaList([text]) { unsafe vsyslog(gravity.priority, "%s", $0) }
        }
    }
}
