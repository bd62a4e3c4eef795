// FCALL_RO function numkeys [key …] [arg …]

enum FCALL_RO: Command {
    static let declaration = Declaration(
        "fcall_ro", .scripting, since: "7.0.0", complexity: "Depends on the function that is executed.",
        summary: "Invokes a read-only function.",
        flags: [.readOnly, .noScript, .stale, .skipMonitor, .noMandatoryKeys, .runsScripts], propagates: .nested,
        grammar: [
            .string("function"), .integer("numkeys"),
            .key(
                "key", .read,
                note: "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"
            ).optional.repeated,
            .string("arg").optional.repeated,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.callFunction(arguments, mustOnlyRead: true, &reply)
    }
}
