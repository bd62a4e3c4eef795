// CLIENT PAUSE, UNPAUSE, UNBLOCK: making clients wait, and ending that.

extension CLIENT {
    /// CLIENT PAUSE timeout [WRITE | ALL]
    enum Pause: Command {
        static let declaration = Declaration(
            "pause", .connection, since: "3.0.0", complexity: "O(1)",
            summary: "Suspends commands processing.",
            flags: [.administration, .noScript, .loading, .stale],
            history: [.init("6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option.")],
            arity: -3,
            grammar: [.integer("timeout"), .oneOf("mode", [.token(Option.write), .token(Option.all)]).since("6.2.0")])

        enum Option: Int, CommandOption { case write, all }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            var concernsAll = true
            if arguments.count == 4 {
                concernsAll = arguments.isWord(3, "all")
                guard concernsAll || arguments.isWord(3, "write") else {
                    throw .because("ERR CLIENT PAUSE mode must be WRITE or ALL")
                }
            }
            guard let duration = arguments[2].integer else {
                throw .because("ERR timeout is not an integer or out of range")
            }
            guard duration >= 0 else { throw .because("ERR timeout is negative") }
            let (end, overflows) = context.now.addingReportingOverflow(duration)
            guard !overflows else { throw .because("ERR timeout is out of range") }
            context.pause(until: duration == 0 ? 0 : end, concerningAll: concernsAll)
            reply.ok()
        }
    }
}

extension CLIENT {
    /// CLIENT UNPAUSE
    enum Unpause: Command {
        static let declaration = Declaration(
            "unpause", .connection, since: "6.2.0", complexity: "O(N) Where N is the number of paused clients",
            summary: "Resumes processing commands from paused clients.",
            flags: [.administration, .noScript, .loading, .stale])

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            context.endPause()
            reply.ok()
        }
    }
}

extension CLIENT {
    /// CLIENT UNBLOCK client-id [TIMEOUT | ERROR]
    enum Unblock: Command {
        static let declaration = Declaration(
            "unblock", .connection, since: "5.0.0", complexity: "O(log N) where N is the number of client connections",
            summary: "Unblocks a client blocked by a blocking command from a different connection.",
            flags: [.administration, .noScript, .loading, .stale],
            grammar: [.integer("client-id"), .oneOf("unblock-type", [.token(Option.timeout), .token(Option.error)])])

        enum Option: Int, CommandOption { case timeout, error }

        static func run(
            _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
        ) throws(CommandError) {
            if arguments.count == 4 {
                let reason = FoldedName(arguments[3])
                guard reason == FoldedName("timeout") || reason == FoldedName("error") else {
                    throw .because("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
                }
            }
            let isError = arguments.count == 4 && arguments.isWord(3, "error")
            let number = UInt64(exactly: try arguments.integer(2))
            guard let client = number.flatMap({ context.clients.identifier(numbered: $0) }),
                context.blocked.contains(client)
            else { return reply.integer(0) }
            context.giveUp(client, error: isError ? "UNBLOCKED client unblocked via CLIENT UNBLOCK" : nil)
            reply.integer(1)
        }
    }
}
