// BITFIELD_RO key [GET encoding offset …]

enum BITFIELD_RO: Command {
    static let declaration = Declaration(
        "bitfield_ro", .bitmap, since: "6.0.0", complexity: "O(1) for each subcommand specified",
        summary: "Performs arbitrary read-only bitfield integer operations on strings.",
        flags: [.readOnly, .fast],
        grammar: [
            .key("key", .read),
            .token(Option.get, .string("encoding"), .integer("offset"), named: "get-block").repeatedWithToken,
        ])

    enum Option: Int, CommandOption { case get }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let steps = try arguments.bitFieldSteps(longest: context.settings.maxBulkLength)
        for step in steps {
            guard case .get = step.action else { throw .because("ERR BITFIELD_RO only supports the GET subcommand") }
        }
        try context.answer(steps, at: arguments.key(1), &reply)
    }
}
