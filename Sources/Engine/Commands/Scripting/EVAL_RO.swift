// EVAL_RO script numkeys [key …] [arg …]

enum EVAL_RO: Command {
    static let declaration = Declaration(
        "eval_ro", .scripting, since: "7.0.0", complexity: "Depends on the script that is executed.",
        summary: "Executes a read-only server-side Lua script.",
        flags: [.readOnly, .noScript, .stale, .skipMonitor, .noMandatoryKeys, .runsScripts], propagates: .nested,
        grammar: [
            .string("script"), .integer("numkeys"),
            .key(
                "key", .read,
                note: "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"
            ).optional.repeated,
            .string("arg").optional.repeated,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.evaluate(arguments, mustOnlyRead: true, &reply)
    }
}
