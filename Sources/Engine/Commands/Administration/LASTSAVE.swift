// LASTSAVE

enum LASTSAVE: Command {
    static let declaration = Declaration(
        "lastsave", .server, since: "1.0.0", complexity: "O(1)",
        summary: "Returns the Unix timestamp of the last successful save to disk.",
        flags: [.loading, .stale, .fast], categories: [.administration, .dangerous],
        tips: ["nondeterministic_output"])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // Before the first time it is the moment at which the server started.
        reply.integer(Int(context.saving.lastSave))
    }
}
