// FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]

enum FAILOVER: Command {
    static let declaration = Declaration(
        "failover", .server, since: "6.2.0", complexity: "O(1)",
        summary: "Starts a coordinated failover from a server to one of its replicas.",
        flags: [.administration, .noScript, .stale],
        grammar: [
            .token(Option.to, .string("host"), .integer("port"), .token(Option.force), named: "target"),
            .token(Option.abort), .token(Option.timeout, .integer("milliseconds")),
        ])

    enum Option: Int, CommandOption { case force, to, abort, timeout }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if arguments.count == 2, arguments.isWord(1, "abort") {
            try context.abortFailoverByHand()
            return reply.ok()
        }
        var index = 1
        var timeout: Int64 = 0, target: PrimaryAddress?, isForced = false
        while index < arguments.count {
            let name = FoldedName(arguments[index])
            if name == FoldedName("timeout"), index + 1 < arguments.count, timeout == 0 {
                timeout = try arguments.integer(index + 1)
                guard timeout > 0 else { throw .because("ERR FAILOVER timeout must be greater than 0") }
                index += 2
            } else if name == FoldedName("to"), index + 2 < arguments.count, target == nil {
                let port = try arguments.integer(index + 2)
                target = PrimaryAddress(host: arguments[index + 1].text, port: Int(port))
                index += 3
            } else if name == FoldedName("force"), !isForced {
                isForced = true
                index += 1
            } else {
                throw .syntax
            }
        }
        try context.beginFailover(to: target, timeoutMilliseconds: timeout, isForced: isForced)
        reply.ok()
    }
}
