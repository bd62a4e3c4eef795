// HVALS key

enum HVALS: Command {
    static let declaration = Declaration(
        "hvals", .hash, since: "2.0.0", complexity: "O(N) where N is the size of the hash.",
        summary: "Returns all values in a hash.",
        flags: [.readOnly], tips: ["nondeterministic_output_order"], grammar: [.key("key", .read)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.answerHash(.values, of: arguments, &reply) { $1.bulk($0.value) }
    }
}
