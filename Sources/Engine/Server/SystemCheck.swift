// `--check-system`: settings of the kernel that hurt a server, checked one by one, in Redis's words where they are true
// here.

internal import Platform

/// What the kernel's settings come to.
struct SystemCheck {
    /// Nothing to complain of, a complaint, or no way to tell.
    private enum Result {
        case fine, unknown
        case complaint(String)
    }

    private let host: any Host

    init(host: any Host) { self.host = host }

    var answer: CommandLineAnswer {
        let results = [
            ("slow-clocksource", Result.fine), ("xen-clocksource", clockSource), ("overcommit", overcommit),
            ("THP", hugePages),
        ]
        var text = "", isFine = true
        for (name, result) in results {
            switch result {
            case .fine: text += "[\(name)]...OK\n"
            case .unknown: text += "[\(name)]...skipped\n"
            case .complaint(let complaint):
                text += "[\(name)]...WARNING:\n\(complaint)\n"
                isFine = false
            }
        }
        return CommandLineAnswer(text: text, exitCode: isFine ? 0 : 1)
    }

    private func line(of path: String) -> String? {
        guard let contents = try? host.read(path) else { return nil }
        return contents.trimmed.string
    }

    private var clockSource: Result {
        guard let source = line(of: "/sys/devices/system/clocksource/clocksource0/current_clocksource") else {
            return .unknown
        }
        guard source == "xen" else { return .fine }
        return .complaint(
            "Your system is configured to use the 'xen' clocksource which might lead to degraded performance. Check "
                + "the result of the "
                + "[slow-clocksource] system check: run 'redis-server --check-system' to check if the system's "
                + "clocksource isn't "
                + "degrading performance.")
    }

    /// Redis wants 1 because its background saves fork. Nothing forks here, so that the kernel's own guess is enough.
    private var overcommit: Result {
        guard let mode = line(of: "/proc/sys/vm/overcommit_memory") else { return .unknown }
        guard mode == "2" else { return .fine }
        return .complaint(
            "Memory overcommit is disabled! Memory may be refused to the server though there is some. "
                + "To fix this issue add 'vm.overcommit_memory = 1' to /etc/sysctl.conf and then reboot or run the "
                + "command 'sysctl vm.overcommit_memory=1' for this to take effect.")
    }

    private var hugePages: Result {
        guard let mode = line(of: "/sys/kernel/mm/transparent_hugepage/enabled") else { return .unknown }
        guard mode.contains("[always]") else { return .fine }
        return .complaint(
            "You have Transparent Huge Pages (THP) support enabled in your kernel. This will create latency and "
                + "memory usage issues. "
                + "To fix this issue run the command 'echo madvise > /sys/kernel/mm/transparent_hugepage/enabled' as "
                + "root, and add it to "
                + "your /etc/rc.local in order to retain the setting after a reboot. The server must be restarted "
                + "after THP is disabled "
                + "(set to 'madvise' or 'never').")
    }
}

extension SystemCheck {
    /// What a start has to say of overcommitted memory, if anything.
    var memoryComplaint: String? { if case .complaint(let text) = overcommit { text } else { nil } }

    /// What it has to say of huge pages.
    var hugePageComplaint: String? { if case .complaint(let text) = hugePages { text } else { nil } }
}

extension CommandContext {
    /// Says which settings of the kernel will hurt; huge pages can be done without.
    mutating func checkMemory() {
        let check = SystemCheck(host: host)
        if let complaint = check.memoryComplaint { log.warning("WARNING \(complaint)") }
        guard let complaint = check.hugePageComplaint else { return }
        if !settings.avoidsHugePages || !host.disableHugePages() { log.warning("WARNING \(complaint)") }
    }
}
