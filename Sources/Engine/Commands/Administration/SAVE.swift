// SAVE

enum SAVE: Command {
    static let declaration = Declaration(
        "save", .server, since: "1.0.0", complexity: "O(N) where N is the total number of keys in all databases",
        summary: "Synchronously saves the database(s) to disk.",
        flags: [.administration, .noScript, .noAsyncLoading, .noMulti])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        if context.saving.isDumpingInBackground {
            throw .because("ERR Background save already in progress")
        }
        context.saving.saveCount += 1
        guard context.saveNow() else { throw .because("ERR") }
        reply.ok()
    }
}
