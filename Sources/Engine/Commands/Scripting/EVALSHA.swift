// EVALSHA sha1 numkeys [key …] [arg …]

enum EVALSHA: Command {
    static let declaration = Declaration(
        "evalsha", .scripting, since: "2.6.0", complexity: "Depends on the script that is executed.",
        summary: "Executes a server-side Lua script by SHA1 digest.",
        flags: [.noScript, .stale, .skipMonitor, .noMandatoryKeys, .mayReplicate, .runsScripts], propagates: .nested,
        grammar: [
            .string("sha1"), .integer("numkeys"), .key("key", .readAndUpdate).optional.repeated,
            .string("arg").optional.repeated,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.evaluate(digestIn: arguments, mustOnlyRead: false, &reply)
    }
}
