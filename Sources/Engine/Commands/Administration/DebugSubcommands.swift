// The subcommands of DEBUG. Where something has no counterpart here, it is accepted if nothing depends on it, and
// refused in words otherwise.

internal import Platform

extension CommandContext {
    /// A door into the server's inside: closed unless the configuration opens it.
    mutating func checkDebuggingIsAllowed() throws(CommandError) {
        guard !isDebuggingAllowed else { return }
        throw error(
            """
            ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from \
            a 
            """
                + "local connection, otherwise you need to set this option in the configuration file, and then restart "
                + "the server.")
    }

    private var isDebuggingAllowed: Bool {
        switch settings.debugCommand {
        case .yes: true
        case .local: client.peer.isLoopback || client.flags.contains(.isLocalSocket)
        case .no: false
        }
    }

    mutating func debug(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        switch (arguments[1].text.lowercased(), arguments.count) {
        case ("help", 2): reply.help("DEBUG", DebugHelp.lines)
        case ("sleep", 3): sleep(arguments, &reply)
        case ("error", 3): throw error(arguments[2].text)
        case ("log", 3): log(arguments, &reply)
        case ("object", 3...): try describeObject(arguments, &reply)
        case ("listpack", 3): try describeListpack(arguments, &reply)
        case ("digest", 2): reply.simple(text: datasetDigest().text)
        case ("digest-value", 2...): writeDigests(arguments, &reply)
        case ("protocol", 3): try reply.writeSample(of: arguments[2].text.lowercased())
        case ("populate", 3...5): try populate(arguments, &reply)
        case ("set-active-expire", 3):
            keyspace.expiresActively = arguments[2].integer != 0
            reply.ok()
        case ("quicklist-packed-threshold", 3): try checkThreshold(arguments, &reply)
        case ("htstats", 3...): try describeTable(arguments, &reply)
        case ("htstats-key", 3...): try describeValueTable(arguments, &reply)
        case ("pause-cron", 3):
            shutdown.isPutOff = arguments[2].integer != 0
            reply.ok()
        case ("config-rewrite-force-all", 2):
            try rewriteConfiguration(all: true)
            reply.ok()
        case (let name, _) where DebugHelp.unbuilt.contains(name):
            throw error("ERR command 'debug|\(name)' is not supported by this build")
        default: throw subcommandSyntax(arguments)
        }
    }

    // MARK: The server

    /// Everything stands still meanwhile. A time that is none is zero, as in Redis.
    private mutating func sleep(_ arguments: Arguments, _ reply: inout ReplyWriter) {
        let seconds = arguments[2].double ?? 0
        let microseconds = Int(max(0, min(seconds.isNaN ? 0 : seconds, 86400)) * 1_000_000)
        ProcessUsage.sleep(microseconds: microseconds)
        // The turn has gone on: what ended meanwhile has ended for the commands behind.
        keyspace.now += Int64(microseconds / 1000)
        reply.ok()
    }

    private mutating func log(_ arguments: Arguments, _ reply: inout ReplyWriter) {
        log.warning("DEBUG LOG: \(arguments[2].text)")
        reply.ok()
    }

    private mutating func checkThreshold(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        guard let size = arguments[2].memorySize, size >= 0, size < 4 << 30 else {
            throw .because("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
        }
        reply.ok()
    }

    /// DEBUG POPULATE count [prefix] [size]
    private mutating func populate(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        let count = try arguments.integer(2)
        let size = arguments.count > 4 ? try arguments.integer(4) : 0
        guard count >= 0, size >= 0, size <= 512 << 20 else { throw .mustBePositive }
        var key = Buffer(), value = Buffer()
        for number in 0..<count {
            key.truncate(to: 0)
            if arguments.count > 3 { key.append(arguments[3]) } else { key.append("key") }
            key.append(":")
            key.append(decimal: number)
            if keyspace.contains(Key(key.contents)) { continue }
            value.truncate(to: 0)
            value.append("value:")
            value.append(decimal: number)
            if size > 0 {
                while value.count < size { value.append(byte: 0) }
                value.truncate(to: Int(size))
            }
            try keyspace.replace(Key(key.contents), with: value.contents, event: .set)
        }
        reply.ok()
    }

    // MARK: Keys

    private mutating func describeObject(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        guard let description = keyspace.describe(Key(arguments[2])) else { throw .noSuchKey }
        // Values have no addresses of their own; the key's hash stands for one, and stays as long.
        let address = String(keyspace.hash(arguments[2]) & 0xFFFF_FFFF_FFFF, radix: 16)
        var text =
            "Value at:0x\(address) refcount:1 encoding:\(description.encoding)"
            + " serializedlength:\(description.memoryUsage) lru:\(now / 1000 & 0xFF_FFFF)"
            + " lru_seconds_idle:\(description.idleSeconds)"
        if description.kind == .list {
            text +=
                " ql_nodes:1 ql_avg_node:1.00 ql_listpack_max:-2 ql_compressed:0"
                + " ql_uncompressed_size:\(description.memoryUsage)"
        }
        reply.simple(text: text)
    }

    private mutating func describeListpack(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        guard let description = keyspace.describe(Key(arguments[2])) else { throw .noSuchKey }
        guard "\(description.encoding)" == "listpack" else { throw .because("ERR Not a listpack encoded object.") }
        reply.simple("Listpack structure printed on stdout")
    }

    // MARK: Tables

    private mutating func describeTable(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        let index = try arguments.integer(2)
        guard index >= 0, index < Int64(keyspace.databaseCount) else { throw .because("ERR Out of range database") }
        let count = keyspace.databases[Int(index)].count, timed = keyspace.databases[Int(index)].countWithDeadline
        reply.verbatim(
            text: "[Dictionary HT]\n\(CommandContext.tableStatistics(count))[Expires HT]\n"
                + CommandContext.tableStatistics(timed))
    }

    private mutating func describeValueTable(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        let key = Key(arguments[2])
        guard let description = keyspace.describe(key) else { throw .noSuchKey }
        let encoding = "\(description.encoding)"
        guard encoding == "hashtable" || encoding == "skiplist" else {
            throw .because("ERR The value stored at the specified key is not represented using an hash table")
        }
        var count = 0
        switch description.kind {
        case .set: count = try keyspace.value(at: key, as: SetValue.self)?.count ?? 0
        case .hash: count = try keyspace.value(at: key, as: HashValue.self)?.count ?? 0
        default: count = try keyspace.value(at: key, as: SortedSetValue.self)?.count ?? 0
        }
        reply.verbatim(text: CommandContext.tableStatistics(count))
    }

    /// In Redis's words, with the size that its table would have.
    private static func tableStatistics(_ count: Int) -> String {
        guard count > 0 else {
            return "Hash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n"
        }
        var size = 4
        while size < count { size *= 2 }
        return "Hash table 0 stats (main hash table):\n table size: \(size)\n number of elements: \(count)\n"
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
