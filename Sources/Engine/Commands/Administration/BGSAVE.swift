// BGSAVE [SCHEDULE]

enum BGSAVE: Command {
    static let declaration = Declaration(
        "bgsave", .server, since: "1.0.0", complexity: "O(1)",
        summary: "Asynchronously saves the database(s) to disk.",
        flags: [.administration, .noScript, .noAsyncLoading],
        history: [.init("3.2.2", "Added the `SCHEDULE` option.")],
        grammar: [.token(Option.schedule).since("3.2.2")])

    enum Option: Int, CommandOption { case schedule }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count <= 2 else { throw .syntax }
        let mayWait = try arguments.options(Option.self).contains(.schedule) || context.isExecutingTransaction
        if context.saving.isDumpingInBackground {
            throw .because("ERR Background save already in progress")
        }
        if context.saving.run != nil || context.isExecutingTransaction {
            guard mayWait else {
                throw .because(
                    """
                    ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order \
                    to schedule a BGSAVE whenever possible.
                    """)
            }
            context.saving.isScheduled = true
            return reply.simple("Background saving scheduled")
        }
        guard context.saveInBackground() else { throw .because("ERR") }
        reply.simple("Background saving started")
    }
}
