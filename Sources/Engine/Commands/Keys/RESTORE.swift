// RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]

enum RESTORE: Command {
    static let declaration = Declaration(
        "restore", .generic, since: "2.6.0",
        complexity:
            "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is "
            + "the number of Redis objects composing the value and M their average size. For small string values "
            + "the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set "
            + "values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
        summary: "Creates a key from the serialized representation of a value.",
        flags: [.write, .denyOOM], categories: [.dangerous, .keyspace], propagates: .rewritten,
        history: [
            .init("3.0.0", "Added the `REPLACE` modifier."), .init("5.0.0", "Added the `ABSTTL` modifier."),
            .init("5.0.0", "Added the `IDLETIME` and `FREQ` options."),
        ],
        grammar: [
            .key("key", .overwrite), .integer("ttl"), .string("serialized-value"),
            .token(Option.replace).since("3.0.0"), .token(Option.absTTL).since("5.0.0"),
            .token(Option.idleTime, .integer("seconds")).since("5.0.0"),
            .token(Option.freq, .integer("frequency")).since("5.0.0"),
        ])

    enum Option: Int, CommandOption { case replace, absTTL, idleTime, freq }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try RestoreRequest(arguments)
        let key = arguments.key(1)
        if !request.replaces, context.keyspace.contains(key) {
            throw .because("BUSYKEY Target key name already exists.")
        }
        let timeToLive = try arguments.integer(2)
        guard timeToLive >= 0 else { throw .because("ERR Invalid TTL value, must be >= 0") }
        guard let payload = DumpPayload(arguments[3], checkingSum: !context.skipsChecksums) else {
            throw .because("ERR DUMP payload version or checksum are wrong")
        }
        var reader = ObjectReader(
            heap: context.keyspace.heap, now: context.keyspace.horizon, isValkey: payload.isValkey)
        let value: LoadedValue
        do throws(PayloadError) { value = try reader.read(payload) } catch { throw context.explain(error) }
        let moment = request.isAbsolute ? timeToLive : context.now.addingReportingOverflow(timeToLive).partialValue
        if timeToLive != 0, moment <= context.keyspace.horizon {
            if case .stored(let stored) = value { context.keyspace.discard(stored) }
            context.removeInsteadOfRestoring(key)
            return reply.ok()
        }
        let deadline = timeToLive == 0 ? Deadline.never : .at(moment)
        let accessClock = request.accessClock(context.keyspace.clock)
        switch value {
        case .text:
            let content = EntryContent.bytes(reader.text.contents, [])
            context.keyspace.restore(key, content, deadline: deadline, accessClock: accessClock)
        case .stored(let stored):
            let content = EntryContent.word(stored.kind, stored.word)
            context.keyspace.restore(key, content, deadline: deadline, accessClock: accessClock)
        }
        if timeToLive != 0, !request.isAbsolute { context.propagateRestore(arguments, until: moment) }
        reply.ok()
    }
}

/// What a call of RESTORE asks for.
private struct RestoreRequest {
    private(set) var replaces = false
    private(set) var isAbsolute = false
    private var idleSeconds: Int64?
    private var frequency: UInt8?

    /// Reads the options in their order, since the first wrong word is the one that is named.
    init(_ arguments: Arguments) throws(CommandError) {
        var index = 4
        while index < arguments.count {
            let name = FoldedName(arguments[index]), hasValue = index + 1 < arguments.count
            if name == FoldedName("replace") {
                replaces = true
            } else if name == FoldedName("absttl") {
                isAbsolute = true
            } else if name == FoldedName("idletime"), hasValue, frequency == nil {
                idleSeconds = try arguments.integer(index + 1)
                if (idleSeconds ?? 0) < 0 { throw .because("ERR Invalid IDLETIME value, must be >= 0") }
                index += 1
            } else if name == FoldedName("freq"), hasValue, idleSeconds == nil {
                frequency = UInt8(exactly: try arguments.integer(index + 1))
                if frequency == nil { throw .because("ERR Invalid FREQ value, must be >= 0 and <= 255") }
                index += 1
            } else {
                throw .syntax
            }
            index += 1
        }
    }

    /// The mark of the key, if the request says anything that the clock keeps.
    func accessClock(_ clock: AccessClock) -> UInt16? {
        if clock.countsUses { return frequency.map { clock.mark(frequency: $0) } }
        return idleSeconds.map { clock.mark(idleSeconds: $0) }
    }
}

extension CommandContext {
    /// Redis says one thing about all bytes that are no value; what it has no type for is named as well.
    fileprivate mutating func explain(_ problem: PayloadError) -> CommandError {
        switch problem {
        case .malformed, .short, .incomplete, .empty: return .because("ERR Bad data format")
        case .damaged(let reason):
            log.verbose("RESTORE has refused a value: \(reason)")
            return .because("ERR Bad data format")
        case .foreign(let reason): return error("ERR Bad data format: \(reason)")
        }
    }

    /// The value would have ended already: what it was to replace goes, and the log hears of that alone.
    fileprivate mutating func removeInsteadOfRestoring(_ key: Key) {
        guard keyspace.remove(key) else { return }
        propagateRemoval(of: key.bytes, for: .replacement)
    }

    /// The log hears of the moment, not of the time until then.
    fileprivate mutating func propagateRestore(_ arguments: Arguments, until moment: Int64) {
        propagate(arguments.count + 1) { log in
            for index in 0..<arguments.count {
                if index == 2 { log.append(word: moment) } else { log.append(word: arguments[index]) }
            }
            log.append(word: "ABSTTL")
        }
    }
}
