// The subcommands of DEBUG. Where something has no counterpart here, it is accepted if nothing depends on it, and
// refused in words otherwise.

internal import Platform

extension CommandContext {
    /// A door into the server's inside: closed unless the configuration opens it.
    mutating func checkDebuggingIsAllowed() throws(CommandError) {
        try checkAccess(settings.debugCommand, to: "DEBUG", "enable-debug-command")
    }

    /// A command that the configuration allows to nobody, to clients on this machine, or to everybody.
    mutating func checkAccess(
        _ permission: Permission, to command: String, _ setting: String
    ) throws(CommandError) {
        switch permission {
        case .yes: return
        case .local where client.peer.isLoopback || client.flags.contains(.isLocalSocket): return
        case .local, .no: break
        }
        throw error(
            "ERR \(command) command not allowed. If the \(setting) option is set to \"local\", you can run it from a "
                + "local connection, otherwise you need to set this option in the configuration file, and then restart "
                + "the server.")
    }

    /// The subcommands that concern the server as a whole; false if it is none of them.
    mutating func debugServer(
        _ name: String, _ arguments: Arguments, _ reply: inout ReplyWriter
    ) throws(CommandError) -> Bool {
        switch (name, arguments.count) {
        case ("help", 2):
            reply.help(arguments, DebugHelp.lines)
            return true
        case ("error", 3): throw error(arguments[2].text)
        case ("protocol", 3):
            try reply.writeSample(of: arguments[2].text.lowercased())
            return true
        case ("replybuffer", 4): try checkReplyBuffer(arguments)
        case ("clusterlink", 5):
            throw .because("ERR Debug option only available for cluster mode enabled setup!")
        case ("client-eviction", 2):
            guard let report = clientEvictionReport() else { throw .because("ERR maxmemory-clients is disabled.") }
            reply.verbatim(text: report)
            return true
        case ("drop-cluster-packet-filter", 3): _ = try arguments.integer(2)
        case ("sleep", 3): sleep(arguments)
        case ("log", 3): log.warning("DEBUG LOG: \(arguments[2].text)")
        case ("set-active-expire", 3): keyspace.expiresActively = arguments[2].integer != 0
        case ("set-skip-checksum-validation", 3): skipsChecksums = arguments[2].integer != 0
        case ("quicklist-packed-threshold", 3): try checkThreshold(arguments)
        case ("pause-cron", 3): shutdown.isPutOff = arguments[2].integer != 0
        case ("config-rewrite-force-all", 2): try rewriteConfiguration(all: true)
        case ("reload", 2...): try reload(arguments)
        case ("change-repl-id", 2): changeReplicationIdentifier()
        case ("replicate", 3...): replicateAside(arguments)
        case ("aof-flush-sleep", 3): appendOnly.sleepMicroseconds = Int(clamping: arguments[2].integer ?? 0)
        case ("loadaof", 2): try reloadLog()
        case ("set-disable-deny-scripts", 3): scripts.allowsEverything = arguments[2].integer != 0
        // No memory is lost on purpose.
        case ("leak", 3): break
        default: return false
        }
        reply.ok()
        return true
    }

    /// The subcommands that look at keys; false if it is none of them.
    mutating func debugKeys(
        _ name: String, _ arguments: Arguments, _ reply: inout ReplyWriter
    ) throws(CommandError) -> Bool {
        switch (name, arguments.count) {
        case ("object", 3): try describeObject(arguments, &reply)
        case ("listpack", 3): try describeForm("listpack", arguments, &reply)
        case ("quicklist", 3...4): try describeForm("quicklist", arguments, &reply)
        case ("sdslen", 3): try describeString(arguments, &reply)
        case ("digest", 2): reply.simple(text: datasetDigest().text)
        case ("digest-value", 2...): writeDigests(arguments, &reply)
        case ("populate", 3...5): try populate(arguments, &reply)
        case ("htstats", 3...): try describeTable(arguments, &reply)
        case ("htstats-key", 3...): try describeValueTable(arguments, &reply)
        case ("structsize", 2): reply.bulk(text: "bits:64 entry:6 client:\(MemoryLayout<Client>.size) ")
        case ("stringmatch-test", 2): reply.simple(text: testPatterns())
        default: return false
        }
        return true
    }

    // MARK: The server

    /// Everything stands still meanwhile. A time that is none is zero, as in Redis.
    private mutating func sleep(_ arguments: Arguments) {
        let seconds = arguments[2].double ?? 0
        let microseconds = Int(max(0, min(seconds.isNaN ? 0 : seconds, 86400)) * 1_000_000)
        ProcessUsage.sleep(microseconds: microseconds)
        // The turn has gone on: what ended meanwhile has ended for the commands behind, but not within a script.
        if !scripts.run.isRunning { keyspace.now += Int64(microseconds / 1000) }
    }

    private mutating func checkThreshold(_ arguments: Arguments) throws(CommandError) {
        guard let size = arguments[2].memorySize, size >= 0, size < 4 << 30 else {
            throw .because("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
        }
    }

    /// There are no reply buffers of single clients that could grow and shrink.
    private mutating func checkReplyBuffer(_ arguments: Arguments) throws(CommandError) {
        switch arguments[2].text.lowercased() {
        case "resizing": return
        case "peak-reset-time":
            if !["never", "reset"].contains(arguments[3].text.lowercased()) { _ = try arguments.integer(3) }
        default: throw subcommandSyntax(arguments)
        }
    }

    /// Replicas hear words that did nothing here.
    private mutating func replicateAside(_ arguments: Arguments) {
        if keyspace.feed.hasOpenUnit { return }
        keyspace.feed.replicaLog?.appendAside(arguments.count - 2) { log in
            for index in 2..<arguments.count { log.append(word: arguments[index]) }
        }
    }

    private mutating func changeReplicationIdentifier() {
        log.notice("Changing replication IDs after receiving DEBUG change-repl-id")
        replicas.history.renew()
        replicas.history.forgetSecond()
    }

    /// Random patterns on random texts: they are to end, whatever they say.
    private func testPatterns() -> String {
        var random = RandomSource(seed: UInt64(truncatingIfNeeded: now))
        let letters = Array("ab*?[]-^\\\u{0}".utf8)
        for _ in 0..<1000 {
            var pattern = Buffer(), text = Buffer()
            for _ in 0..<random.next() % 32 {
                pattern.append(byte: letters[Int(random.next() % UInt64(letters.count))])
            }
            for _ in 0..<random.next() % 32 { text.append(byte: letters[Int(random.next() % UInt64(letters.count))]) }
            _ = GlobPattern(pattern.contents).matches(text.contents)
        }
        return "Apparently Redis did not crash: test passed"
    }
}

extension Bytes {
    /// A size as settings give it: `100b`, `1kb`, `1gb`.
    fileprivate var memorySize: Int? {
        let units = [
            ("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10), ("g", 1_000_000_000), ("m", 1_000_000), ("k", 1000),
            ("b", 1),
        ]
        let word = text.lowercased()
        let unit = units.first { word.hasSuffix($0.0) }
        guard let number = Int(word.dropLast(unit?.0.utf8.count ?? 0)) else { return nil }
        let (size, overflows) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
        return overflows ? nil : size
    }
}
