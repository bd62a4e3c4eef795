// What the report of a crash says of the server, behind what the process itself knows: the sections that Redis has. The
// server may be in the middle of anything, so that each section is made on its own and may fail.

internal import Platform

extension EventLoop {
    /// The text of one section; nil behind the last one.
    mutating func crashSection(_ number: Int) -> String? {
        switch number {
        case 0:
            let facts = server.context.infoFacts()
            return "\n------ INFO OUTPUT ------\n"
                + InfoSection.named(["all"]).map { $0.text(server.context, facts) }.joined(separator: "\r\n")
        case 1: return "\n------ CLIENT LIST OUTPUT ------\n" + server.context.describeClients()
        case 2: return describeCurrentClient("CURRENT")
        case 3: return describeCurrentClient("EXECUTING")
        case 4: return "\n------ MODULES INFO OUTPUT ------\n"
        case 5: return "\n------ CONFIG DEBUG OUTPUT ------\n" + server.context.describeSettings()
        default: return nil
        }
    }

    private func describeCurrentClient(_ title: String) -> String {
        let current = server.context.current
        guard server.context.clients.contains(current) else { return "" }
        let words = server.describeRunningRequest()
        var text = "\n------ \(title) CLIENT INFO ------\n\(server.context.describe(current))\nargc: '\(words.count)'\n"
        for (index, word) in words.enumerated() { text += "argv[\(index)]: '\(word)'\n" }
        return text
    }
}

extension CommandContext {
    fileprivate func describeClients() -> String {
        (0..<clients.count).map { describe(clients.identifier(at: $0)) + "\n" }.joined()
    }

    /// The settings that Redis names here, as far as they are known.
    fileprivate func describeSettings() -> String {
        let names = [
            "activedefrag", "repl-diskless-sync", "replica-read-only", "lazyfree-lazy-user-flush",
            "client-query-buffer-limit", "repl-diskless-load", "io-threads-do-reads", "list-compress-depth",
            "proto-max-bulk-len", "lazyfree-lazy-expire", "lazyfree-lazy-server-del", "sanitize-dump-payload",
            "lazyfree-lazy-user-del", "lazyfree-lazy-eviction", "io-threads",
        ]
        return names.compactMap(Setting.named).flatMap { $0.lines(settings) }.map { $0.string + "\n" }.joined()
    }

    /// Whether a crash is reported, and where.
    mutating func prepareCrashReport() {
        host.reportCrashes(settings.reportsCrashes, logPath: settings.logFile, version: Build.redisVersion)
    }

    /// Watches over the event loop, or no more. The period is to be longer than two rounds of periodic work.
    mutating func beginWatch() {
        if settings.watchdogMilliseconds > 0 {
            let shortest = 1000 / settings.ticksPerSecond * 2
            settings.watchdogMilliseconds = max(shortest, settings.watchdogMilliseconds)
        }
        host.watch(milliseconds: settings.watchdogMilliseconds)
    }
}
