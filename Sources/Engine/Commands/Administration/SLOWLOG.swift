// SLOWLOG: the calls that took longest.

enum SLOWLOG: CommandContainer {
    static let declaration = Declaration(
        "slowlog", .server, since: "2.2.12", complexity: "Depends on subcommand.",
        summary: "A container for slow log commands.",
        subcommands: [Get.self, Help.self, Len.self, Reset.self])
}

extension SLOWLOG {
    /// SLOWLOG GET [count]
    enum Get: Command {
        static let declaration = Declaration(
            "get", .server, since: "2.2.12", complexity: "O(N) where N is the number of entries returned",
            summary: "Returns the slow log's entries.",
            flags: [.administration, .loading, .stale],
            tips: ["request_policy:all_nodes", "nondeterministic_output"],
            history: [.init("4.0.0", "Added client IP address, port and name to the reply.")],
            grammar: [.integer("count").optional])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            var count = 10
            if arguments.count == 3 {
                guard let number = arguments[2].integer, number >= -1 else {
                    throw .because("ERR count should be greater than or equal to -1")
                }
                count = number == -1 ? context.observation.slowLog.count : Int(number)
            }
            reply.entries(context.observation.slowLog.newest(count))
        }
    }
}

extension ReplyWriter {
    /// Calls that stood out, as SLOWLOG GET and COMMANDLOG GET show them.
    mutating func entries(_ entries: ReversedCollection<ArraySlice<SlowLogEntry>>) {
        array(entries.count)
        for entry in entries {
            array(6)
            integer(entry.identifier)
            integer(Int(entry.time))
            integer(entry.value)
            array(entry.arguments.count)
            for argument in entry.arguments { bulk(array: argument) }
            bulk(array: entry.peer)
            bulk(array: entry.clientName)
        }
    }
}

extension SLOWLOG {
    /// SLOWLOG HELP
    enum Help: HelpCommand {
        static let declaration = Declaration(
            "help", .server, since: "6.2.0", complexity: "O(1)",
            summary: "Show helpful text about the different subcommands", flags: [.loading, .stale])

        static let lines: [StaticString] = [
            "GET [<count>]",
            "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
            "    Entries are made of:",
            "    id, timestamp, time in microseconds, arguments array, client IP and port,",
            "    client name",
            "LEN",
            "    Return the length of the slowlog.",
            "RESET",
            "    Reset the slowlog.",
        ]
    }
}

extension SLOWLOG {
    /// SLOWLOG LEN
    enum Len: Command {
        static let declaration = Declaration(
            "len", .server, since: "2.2.12", complexity: "O(1)",
            summary: "Returns the number of entries in the slow log.",
            flags: [.administration, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.integer(context.observation.slowLog.count)
        }
    }
}

extension SLOWLOG {
    /// SLOWLOG RESET
    enum Reset: Command {
        static let declaration = Declaration(
            "reset", .server, since: "2.2.12", complexity: "O(N) where N is the number of entries in the slowlog",
            summary: "Clears all entries from the slow log.",
            flags: [.administration, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.observation.slowLog.reset()
            reply.ok()
        }
    }
}
