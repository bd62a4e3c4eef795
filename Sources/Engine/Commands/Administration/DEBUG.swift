// DEBUG: what tests need to look behind the scenes. `enable-debug-command` decides who may; what each subcommand does
// is in `DebugSubcommands`.

enum DEBUG: Command {
    static let declaration = Declaration(
        "debug", .server, since: "1.0.0", complexity: "Depends on subcommand.",
        summary: "A container for debugging commands.",
        flags: [.administration, .noScript, .loading, .stale, .system], propagates: .nested, arity: -2)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.checkDebuggingIsAllowed()
        try context.debug(arguments, &reply)
    }
}
