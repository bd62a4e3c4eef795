// FCALL function numkeys [key …] [arg …]

enum FCALL: Command {
    static let declaration = Declaration(
        "fcall", .scripting, since: "7.0.0", complexity: "Depends on the function that is executed.",
        summary: "Invokes a function.",
        flags: [.noScript, .stale, .skipMonitor, .noMandatoryKeys, .mayReplicate, .runsScripts], propagates: .nested,
        grammar: [
            .string("function"), .integer("numkeys"),
            .key(
                "key", .readAndUpdate,
                note: "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
            ).optional.repeated,
            .string("arg").optional.repeated,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.callFunction(arguments, mustOnlyRead: false, &reply)
    }
}
