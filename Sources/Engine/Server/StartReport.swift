// What the log says of a start besides Redis's own lines: in one line what the server may use, what it keeps and who
// can reach it; and a warning for each of these that ends badly.

internal import Platform

extension CommandContext {
    /// Says with what limits, persistence and exposure the server starts to answer.
    mutating func reportStart() {
        let report = startReport, warnings = startWarnings
        log.notice(report)
        for warning in warnings { log.warning("WARNING: \(warning)") }
    }

    /// Limits, persistence and exposure in one line.
    var startReport: String { "\(memoryReport); \(persistenceReport); \(exposureReport)" }

    /// What of that ends badly.
    var startWarnings: [String] {
        var warnings: [String] = []
        if let warning = memoryWarning { warnings.append(warning) }
        if !settings.protectedMode, settings.password.isEmpty, listensToOthers {
            warnings.append(
                "there is no password and protected-mode is off: whoever reaches port \(settings.port) has all data.")
        }
        return warnings
    }

    // MARK: Memory

    /// The limit, where it comes from, and what happens at it.
    var memoryReport: String {
        var text = "maxmemory \(settings.maxMemory)"
        switch settings.memoryLimit {
        case .bytes: break
        case .percentage(let percentage):
            let allowance = ControlGroups(host: host).allowance
            text += " (\(percentage)% of the \(allowance.bytes) of \(allowance.source ?? "the machine"))"
        case .automatic:
            let limit = ControlGroups(host: host).containerLimit
            text +=
                limit.map { " (auto: \($0.source ?? "the machine") says \($0.bytes))" }
                ?? " (auto: no limit, for the container has none)"
        }
        guard settings.maxMemory > 0 else { return text }
        if settings.clientMemoryInForce != 0, let limit = settings.clientMemoryLimit {
            text += ", maxmemory-clients \(limit)"
        }
        return text + ", \(settings.maxMemoryPolicy.rawValue)"
    }

    /// A container kills whoever takes more than it allows.
    private var memoryWarning: String? {
        guard let limit = ControlGroups(host: host).containerLimit, let source = limit.source else { return nil }
        let container = "the \(limit.bytes) bytes that the container may use (\(source))"
        let advice = "'maxmemory auto' sets \(MemoryLimit.share(of: limit.bytes))."
        if settings.maxMemory == 0 {
            return "there is no maxmemory: the kernel kills the server when it takes more than \(container). \(advice)"
        }
        if settings.maxMemory > limit.bytes {
            return "maxmemory is more than \(container): the kernel kills the server before it is reached. \(advice)"
        }
        guard settings.maxMemory > limit.bytes / 10 * 9 else { return nil }
        return "maxmemory leaves little of \(container) for buffers, snapshots and gaps between values. \(advice)"
    }

    // MARK: Persistence and exposure

    private var persistenceReport: String {
        let points = settings.savePoints.map { "\($0.seconds) \($0.changes)" }.joined(separator: " ")
        let save = points.isEmpty ? "no save points" : "save \(points)"
        return settings.appendOnly
            ? "\(save), appendonly with appendfsync \(settings.appendSync.rawValue)" : "\(save), no appendonly"
    }

    private var exposureReport: String {
        var doors: [String] = []
        if settings.port != 0, !settings.bind.isEmpty {
            doors.append("bind \(settings.bind.joined(separator: " ")) port \(settings.port)")
        }
        if !settings.unixSocket.isEmpty { doors.append("unixsocket \(settings.unixSocket)") }
        doors.append(settings.protectedMode ? "protected-mode" : "no protected-mode")
        doors.append(settings.password.isEmpty ? "no password" : "a password")
        return doors.joined(separator: ", ")
    }

    /// Somebody on another machine may come.
    private var listensToOthers: Bool {
        settings.port != 0
            && settings.bind.contains { address in
                let address = address.hasPrefix("-") ? String(address.dropFirst()) : address
                return address != "localhost" && !address.hasPrefix("127.") && address != "::1"
            }
    }
}
