// The host's own process: limits, the supervisor, going into the background, its end.

internal import CLinux
import Glibc

extension SystemHost {
    private static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    public func isRunning(_ processIdentifier: Int) -> Bool {
        guard let number = pid_t(exactly: processIdentifier), number > 0 else { return false }
        return kill(number, 0) == 0 || errno == EPERM
    }

    public func raiseOpenFileLimit(to wanted: Int) -> OpenFileLimit {
        var limit = rlimit()
        guard unsafe getrlimit(SystemHost.openFiles, &limit) == 0 else {
            return OpenFileLimit(before: 1024, now: 1024, reason: SystemHost.lastError.reason)
        }
        let before = Int(clamping: limit.rlim_cur)
        guard before < wanted else { return OpenFileLimit(before: before, now: before) }
        limit.rlim_cur = rlim_t(wanted)
        limit.rlim_max = max(limit.rlim_max, rlim_t(wanted))
        if unsafe setrlimit(SystemHost.openFiles, &limit) == 0 { return OpenFileLimit(before: before, now: wanted) }
        let reason = SystemHost.lastError.reason
        // A process without privileges gets as far as its hard limit.
        guard unsafe getrlimit(SystemHost.openFiles, &limit) == 0 else {
            return OpenFileLimit(before: before, now: before, reason: reason)
        }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(wanted))
        guard unsafe setrlimit(SystemHost.openFiles, &limit) == 0 else {
            return OpenFileLimit(before: before, now: before, reason: reason)
        }
        return OpenFileLimit(before: before, now: Int(clamping: limit.rlim_cur), reason: reason)
    }

    public func setTitle(_ title: String) { titleArea?.write(title) }

    public func notifySupervisor(_ state: String) -> Bool {
        guard let path = environment("NOTIFY_SOCKET"), path.utf8.count > 1, path.utf8.count < 108 else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { _ = close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
            unsafe place.copyBytes(from: path.utf8)
            // A leading @ stands for the NUL of an abstract address.
            if unsafe place[0] == UInt8(ascii: "@") { unsafe place[0] = 0 }
        }
        let length = socklen_t(2 + path.utf8.count)
        let message = Array(state.utf8)
        let sent = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        return sent == message.count
    }

    public func disableHugePages() -> Bool { disable_huge_pages() == 0 }

    public func setCollation(_ locale: String) -> Bool { unsafe setlocale(LC_COLLATE, locale) != nil }

    public func reportCrashes(_ isOn: Bool, logPath: String, version: String) {
        CrashReport.configure(logPath: logPath, version: version, isOn: isOn)
    }

    public func watch(milliseconds: Int) { Watchdog.watch(milliseconds: milliseconds) }

    public func crash(_ manner: DeliberateCrash) {
        switch manner {
        case .memoryViolation: CrashReport.violateMemory()
        case .panic(let lines, let exiting): CrashReport.panic(lines, exiting: exiting)
        }
    }

    public func exit(_ code: Int32) -> Never {
        Glibc.exit(code)
    }

    /// Stops until somebody continues the process: upstart waits for that.
    public func stop() { _ = raise(SIGSTOP) }

    /// Goes on as a child that no terminal holds; the parent ends at once.
    public func detach() {
        let child = fork()
        guard child == 0 else { _exit(child < 0 ? 1 : 0) }
        _ = setsid()
        let nowhere = unsafe open("/dev/null", O_RDWR)
        guard nowhere >= 0 else { return }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { _ = dup2(nowhere, descriptor) }
        if nowhere > STDERR_FILENO { _ = close(nowhere) }
    }
}
