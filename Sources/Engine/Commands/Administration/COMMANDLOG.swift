// COMMANDLOG: the calls that stood out by their time, their request or their reply, as Valkey has it. The slow ones are
// those of SLOWLOG.

enum COMMANDLOG: CommandContainer {
    static let declaration = Declaration(
        "commandlog", .server, since: "8.1.0", complexity: "Depends on subcommand.",
        summary: "A container for command log commands.",
        subcommands: [Get.self, Help.self, Len.self, Reset.self])

    /// The argument that says which log is meant.
    fileprivate static let type = Argument.string("type")

    fileprivate static func measure(_ word: Bytes) throws(CommandError) -> CallMeasure {
        switch FoldedName(word) {
        case FoldedName("slow"): return .slow
        case FoldedName("large-request"): return .largeRequest
        case FoldedName("large-reply"): return .largeReply
        default: throw .because("ERR type should be one of the following: slow, large-request, large-reply")
        }
    }
}

extension COMMANDLOG {
    /// COMMANDLOG GET count type
    enum Get: Command {
        static let declaration = Declaration(
            "get", .server, since: "8.1.0", complexity: "O(N) where N is the number of entries returned",
            summary: "Returns the specified command log's entries.",
            flags: [.administration, .loading, .stale],
            tips: ["request_policy:all_nodes", "nondeterministic_output"],
            grammar: [.integer("count"), type])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            guard let count = arguments[2].integer, count >= -1 else {
                throw .because("ERR count should be greater than or equal to -1")
            }
            let log = context.observation[try measure(arguments[3])]
            reply.entries(log.newest(count == -1 ? log.count : Int(count)))
        }
    }
}

extension COMMANDLOG {
    /// COMMANDLOG HELP
    enum Help: HelpCommand {
        static let declaration = Declaration(
            "help", .server, since: "8.1.0", complexity: "O(1)",
            summary: "Show helpful text about the different subcommands", flags: [.loading, .stale])

        static let lines: [StaticString] = [
            "GET <count> <type>",
            "    Return top <count> entries of the specified <type> from the commandlog (-1 mean all).",
            "    Entries are made of:",
            "    id, timestamp,",
            "        time in microseconds for type of slow,",
            "        or size in bytes for type of large-request,",
            "        or size in bytes for type of large-reply",
            "    arguments array, client IP and port,",
            "    client name",
            "LEN <type>",
            "    Return the length of the specified type of commandlog.",
            "RESET <type>",
            "    Reset the specified type of commandlog.",
        ]
    }
}

extension COMMANDLOG {
    /// COMMANDLOG LEN type
    enum Len: Command {
        static let declaration = Declaration(
            "len", .server, since: "8.1.0", complexity: "O(1)",
            summary: "Returns the number of entries in the specified type of command log.",
            flags: [.administration, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
            grammar: [type])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            reply.integer(context.observation[try measure(arguments[2])].count)
        }
    }
}

extension COMMANDLOG {
    /// COMMANDLOG RESET type
    enum Reset: Command {
        static let declaration = Declaration(
            "reset", .server, since: "8.1.0", complexity: "O(N) where N is the number of entries in the commandlog",
            summary: "Clears all entries from the specified type of command log.",
            flags: [.administration, .loading, .stale],
            tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
            grammar: [type])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.observation[try measure(arguments[2])].reset()
            reply.ok()
        }
    }
}
