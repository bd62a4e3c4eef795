// LPUSH key element …

enum LPUSH: Command {
    static let declaration = Declaration(
        "lpush", .list, since: "1.0.0",
        complexity:
            "O(1) for each element added, so O(N) to add N elements when the command is called with multiple "
            + "arguments.",
        summary: "Prepends one or more elements to a list. Creates the key if it doesn't exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        history: [.init("2.4.0", "Accepts multiple `element` arguments.")],
        grammar: [.key("key", .insert), .string("element").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(try context.push(arguments, at: .head, ifMissing: .create))
    }
}
