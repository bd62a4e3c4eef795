// EVALSHA_RO sha1 numkeys [key …] [arg …]

enum EVALSHA_RO: Command {
    static let declaration = Declaration(
        "evalsha_ro", .scripting, since: "7.0.0", complexity: "Depends on the script that is executed.",
        summary: "Executes a read-only server-side Lua script by SHA1 digest.",
        flags: [.readOnly, .noScript, .stale, .skipMonitor, .noMandatoryKeys, .runsScripts], propagates: .nested,
        grammar: [
            .string("sha1"), .integer("numkeys"), .key("key", .read).optional.repeated,
            .string("arg").optional.repeated,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.evaluate(digestIn: arguments, mustOnlyRead: true, &reply)
    }
}
