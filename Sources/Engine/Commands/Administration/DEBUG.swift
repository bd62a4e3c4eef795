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
        try debugCommand(arguments, &context, &reply)
    }

    /// Not inlined, so that traces of the stack show this name: Redis's own, which tools look for.
    @inline(never)
    private static func debugCommand(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let name = arguments[1].text.lowercased()
        if try context.debugServer(name, arguments, &reply) { return }
        if try context.debugKeys(name, arguments, &reply) { return }
        context.crash(name, arguments)
        if DebugHelp.unbuilt.contains(name) {
            throw context.error("ERR command 'debug|\(name)' is not supported by this build")
        }
        throw context.subcommandSyntax(arguments)
    }
}
