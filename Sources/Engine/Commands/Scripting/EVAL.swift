// EVAL script numkeys [key …] [arg …]

enum EVAL: Command {
    static let declaration = Declaration(
        "eval", .scripting, since: "2.6.0", complexity: "Depends on the script that is executed.",
        summary: "Executes a server-side Lua script.",
        flags: [.noScript, .stale, .skipMonitor, .noMandatoryKeys, .mayReplicate, .runsScripts], propagates: .nested,
        grammar: [
            .string("script"), .integer("numkeys"),
            .key(
                "key", .readAndUpdate,
                note: "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
            ).optional.repeated,
            .string("arg").optional.repeated,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.evaluate(arguments, mustOnlyRead: false, &reply)
    }
}
