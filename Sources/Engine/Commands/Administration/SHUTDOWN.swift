// SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]

enum SHUTDOWN: Command {
    static let declaration = Declaration(
        "shutdown", .server, since: "1.0.0",
        complexity:
            "O(N) when saving, where N is the total number of keys in all databases when saving data, "
            + "otherwise O(1)",
        summary: "Synchronously saves the database(s) to disk and shuts down the Redis server.",
        flags: [.administration, .noScript, .loading, .stale, .noMulti, .allowBusy],
        history: [.init("7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers.")],
        grammar: [
            .oneOf("save-selector", [.token(Option.nosave), .token(Option.save)]), .token(Option.now).since("7.0.0"),
            .token(Option.force).since("7.0.0"), .token(Option.abort).since("7.0.0"),
        ])

    enum Option: Int, CommandOption { case nosave, save, now, force, abort }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let given = try arguments.options(Option.self)
        if given.contains(.abort) {
            guard arguments.count == 2 else { throw .syntax }
            guard context.abortShutdown() else { throw .because("ERR No shutdown in progress.") }
            return reply.ok()
        }
        var options: ShutdownOptions = []
        if given.contains(.save) { options.insert(.save) }
        if given.contains(.nosave) { options.insert(.noSave) }
        if given.contains(.now) { options.insert(.now) }
        if given.contains(.force) { options.insert(.force) }
        // What a script has done so far is no state to be saved.
        if context.scripts.run.isBusy, !given.contains(.nosave) { throw .because(context.busyText) }
        // What has been loaded so far is not what was saved.
        if context.loading.isInForce { options = options.subtracting(.save).union(.noSave) }
        guard context.endServer(options) else { throw .because("ERR Errors trying to SHUTDOWN. Check logs.") }
    }
}
