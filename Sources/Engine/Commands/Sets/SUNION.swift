// SUNION key …

enum SUNION: Command {
    static let declaration = Declaration(
        "sunion", .set, since: "1.0.0", complexity: "O(N) where N is the total number of elements in all given sets.",
        summary: "Returns the union of multiple sets.",
        flags: [.readOnly], tips: ["nondeterministic_output_order"], grammar: [.key("key", .read).repeated])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let result = try context.sets(at: 1..<arguments.count, of: arguments).union()
        context.answer(withMembersOf: result, arguments, &reply)
    }
}
