// BGREWRITEAOF

enum BGREWRITEAOF: Command {
    static let declaration = Declaration(
        "bgrewriteaof", .server, since: "1.0.0", complexity: "O(1)",
        summary: "Asynchronously rewrites the append-only file to disk.",
        flags: [.administration, .noScript, .noAsyncLoading])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if context.saving.run?.purpose == .appendOnlyBase {
            throw .because("ERR Background append only file rewriting already in progress")
        }
        if context.saving.run != nil || context.isExecutingTransaction {
            context.appendOnly.rewrite.isScheduled = true
            // Who asks does not wait for the end of a limit.
            context.appendOnly.rewrite.failuresInARow = 0
            return reply.simple("Background append only file rewriting scheduled")
        }
        guard context.beginRewrite() else {
            throw .because(
                "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.")
        }
        reply.simple("Background append only file rewriting started")
    }
}
