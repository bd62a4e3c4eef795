// TIME: seconds since 1970, and microseconds.

enum TIME: Command {
    static let declaration = Declaration(
        "time", .server, since: "2.6.0", complexity: "O(1)",
        summary: "Returns the server time.",
        flags: [.loading, .stale, .fast], tips: ["nondeterministic_output"])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        // Within a script time stands still.
        let run = context.scripts.run
        let time = run.isRunning ? context.microseconds(at: run.start) : context.microsecondsNow
        reply.array(2)
        reply.bulk(decimal: time / 1_000_000)
        reply.bulk(decimal: time % 1_000_000)
    }
}
