// LPUSHX key element …

enum LPUSHX: Command {
    static let declaration = Declaration(
        "lpushx", .list, since: "2.2.0",
        complexity:
            "O(1) for each element added, so O(N) to add N elements when the command is called with multiple "
            + "arguments.",
        summary: "Prepends one or more elements to a list only when the list exists.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        history: [.init("4.0.0", "Accepts multiple `element` arguments.")],
        grammar: [.key("key", .insert), .string("element").repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        reply.integer(try context.push(arguments, at: .head, ifMissing: .leave))
    }
}
