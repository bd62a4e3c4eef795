// HOTKEYS: which keys take most of the server's time and most of its traffic, while a collection goes on.

enum HOTKEYS: CommandContainer {
    static let declaration = Declaration(
        "hotkeys", .server, since: "8.6.0", complexity: "Depends on subcommand.",
        summary: "A container for commands that collect hot keys.",
        subcommands: [Get.self, Help.self, Reset.self, Start.self, Stop.self])

    fileprivate static let flags: CommandFlags = [.administration, .noScript]
    fileprivate static let tips = ["request_policy:special", "response_policy:special"]
}

extension HOTKEYS {
    /// HOTKEYS START METRICS count [CPU] [NET] [COUNT k] [DURATION seconds] [SAMPLE ratio] [SLOTS count slot …]
    enum Start: Command {
        static let declaration = Declaration(
            "start", .server, since: "8.6.0", complexity: "O(1)",
            summary: "Starts collecting hot keys.", flags: HOTKEYS.flags, tips: HOTKEYS.tips, arity: -2,
            grammar: [
                .block("metrics", [.word("METRICS"), .integer("count"), .word("CPU").optional, .word("NET").optional]),
                .token(Option.count, .integer("k")), .token(Option.duration, .integer("seconds")),
                .token(Option.sample, .integer("ratio")),
                .block("slots", [.integer("count"), .integer("slot").repeated]).announced(by: "SLOTS").optional,
            ])

        enum Option: Int, CommandOption { case count, duration, sample, slots }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.usage.endSessionIfOver(at: context.now)
            if context.usage.hasActiveSession {
                throw .because("ERR hotkey tracking session already in progress")
            }
            let options = try arguments.hotKeyOptions()
            let seed = context.keyspace.heap.random()
            context.usage.begin(HotKeySession(options, at: context.now, seed: seed))
            reply.ok()
        }
    }

    /// HOTKEYS STOP
    enum Stop: Command {
        static let declaration = Declaration(
            "stop", .server, since: "8.6.0", complexity: "O(1)",
            summary: "Stops collecting hot keys; what was collected stays.", flags: HOTKEYS.flags, tips: HOTKEYS.tips)

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.usage.endSessionIfOver(at: context.now)
            guard context.usage.hasActiveSession else { return reply.null() }
            context.usage.stopSession(at: context.now)
            reply.ok()
        }
    }

    /// HOTKEYS RESET
    enum Reset: Command {
        static let declaration = Declaration(
            "reset", .server, since: "8.6.0", complexity: "O(1)",
            summary: "Forgets what was collected of hot keys.", flags: HOTKEYS.flags, tips: HOTKEYS.tips)

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.usage.endSessionIfOver(at: context.now)
            if context.usage.hasActiveSession {
                throw .because("ERR hotkey tracking session in progress, stop tracking first")
            }
            context.usage.forgetSession()
            reply.ok()
        }
    }

    /// HOTKEYS GET
    enum Get: Command {
        static let declaration = Declaration(
            "get", .server, since: "8.6.0", complexity: "O(K) where K is the number of hot keys shown.",
            summary: "Returns what was collected of hot keys.", flags: HOTKEYS.flags, tips: HOTKEYS.tips)

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.usage.endSessionIfOver(at: context.now)
            switch context.usage.session {
            case .some(let session): reply.write(session, at: context.now)
            case .none: reply.null()
            }
        }
    }

    /// HOTKEYS HELP
    enum Help: HelpCommand {
        static let declaration = Declaration.help(of: .server, since: "8.6.1")

        static let lines: [StaticString] = [
            "START METRICS count [CPU] [NET] [COUNT k] [DURATION seconds] [SAMPLE ratio] [SLOTS count slot ...]",
            "    Start collecting the keys that take most time (CPU) and most traffic (NET).",
            "STOP",
            "    Stop collecting. What was collected stays.",
            "GET",
            "    Return what was collected.",
            "RESET",
            "    Forget what was collected.",
        ]
    }
}

extension Arguments {
    /// What HOTKEYS START asks for.
    fileprivate func hotKeyOptions() throws(CommandError) -> HotKeyOptions {
        var options = HotKeyOptions(), index = 2
        guard count > 2, isWord(2, "metrics") else {
            throw .because("ERR METRICS parameter is required")
        }
        try readMetrics(&options, from: &index)
        while index < count {
            let word = FoldedName(self[index])
            switch HOTKEYS.Start.Option(word) {
            case .count: options.count = try value(behind: &index, in: 1...64, "ERR COUNT must be between 1 and 64")
            case .duration:
                options.durationSeconds = try value(
                    behind: &index, in: 1...1_000_000, "ERR DURATION must be between 1 and 1000000")
            case .sample:
                options.ratio = try value(behind: &index, in: 1...Int.max, "ERR SAMPLE ratio must be positive")
            case .slots: throw .because("ERR SLOTS parameter cannot be used in non-cluster mode")
            case nil: throw .syntax
            }
        }
        return options
    }

    private func readMetrics(_ options: inout HotKeyOptions, from index: inout Int) throws(CommandError) {
        index = 4
        guard count > 3, let announced = self[3].integer, (1...2).contains(announced) else {
            throw .because("ERR METRICS count must be > 0 and <= 2")
        }
        while index < count {
            if isWord(index, "cpu") {
                if options.countsTime { throw .because("ERR METRICS CPU defined more than once!") }
                options.countsTime = true
            } else if isWord(index, "net") {
                if options.countsBytes { throw .because("ERR METRICS NET defined more than once!") }
                options.countsBytes = true
            } else {
                break
            }
            index += 1
        }
        guard options.countsTime || options.countsBytes else {
            throw .because("ERR METRICS no valid metrics passed. Supported: CPU|NET")
        }
        guard (options.countsTime ? 1 : 0) + (options.countsBytes ? 1 : 0) == announced else {
            throw .because("ERR METRICS count does not match number of metric types provided")
        }
    }

    private func value(
        behind index: inout Int, in range: ClosedRange<Int>, _ refusal: StaticString
    ) throws(CommandError) -> Int {
        guard index + 1 < count else { throw .syntax }
        guard let value = self[index + 1].integer, let value = Int(exactly: value), range.contains(value) else {
            throw .because(refusal)
        }
        index += 2
        return value
    }
}

extension HOTKEYS.Start.Option {
    fileprivate init?(_ word: FoldedName) {
        switch word {
        case FoldedName("count"): self = .count
        case FoldedName("duration"): self = .duration
        case FoldedName("sample"): self = .sample
        case FoldedName("slots"): self = .slots
        default: return nil
        }
    }
}

extension ReplyWriter {
    /// One element, so that the answers of a cluster's nodes can be joined.
    fileprivate mutating func write(_ session: borrowing HotKeySession, at now: Int64) {
        let options = session.options
        array(1)
        map(7 + (options.countsTime ? 3 : 0) + (options.countsBytes ? 2 : 0))
        field("tracking-active", session.isActive ? 1 : 0)
        field("sample-ratio", options.ratio)
        bulk("selected-slots")
        array(1)
        array(2)
        integer(0)
        integer(16383)
        field("all-commands-all-slots-us", Int(clamping: session.nanoseconds / 1000))
        field("net-bytes-all-commands-all-slots", Int(clamping: session.bytes))
        field("collection-start-time-unix-ms", Int(session.startedAt))
        field("collection-duration-ms", Int(session.milliseconds(at: now)))
        if options.countsTime {
            let used = session.processorMilliseconds
            field("total-cpu-time-user-ms", used.user)
            field("total-cpu-time-sys-ms", used.system)
        }
        if options.countsBytes { field("total-net-bytes", Int(clamping: session.bytes)) }
        if options.countsTime { ranking("by-cpu-time-us", session.byTime, options.count, unit: 1000) }
        if options.countsBytes { ranking("by-net-bytes", session.byBytes, options.count, unit: 1) }
    }

    private mutating func field(_ name: StaticString, _ value: Int) {
        bulk(name)
        integer(value)
    }

    private mutating func ranking(_ name: StaticString, _ counts: borrowing TopCounts, _ most: Int, unit: UInt64) {
        bulk(name)
        let best = counts.best(most) { $0.counts.0 }
        array(best.count * 2)
        for index in best {
            bulk(array: counts.name(index))
            integer(Int(clamping: counts[index].counts.0 / unit))
        }
    }
}
