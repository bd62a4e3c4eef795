// RENAMENX key newkey

enum RENAMENX: Command {
    static let declaration = Declaration(
        "renamenx", .generic, since: "1.0.0", complexity: "O(1)",
        summary: "Renames a key only when the target key name doesn't exist.",
        flags: [.write, .fast], categories: [.keyspace], propagates: .verbatim,
        history: [
            .init("3.2.0", "The command no longer returns an error when source and destination names are the same.")
        ],
        grammar: [.key("key", .readAndDelete), .key("newkey", .create)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        switch context.keyspace.rename(arguments.key(1), to: arguments.key(2), replacing: false) {
        case .missing: throw .noSuchKey
        case .done: reply.integer(1)
        case .occupied: reply.integer(0)
        }
    }
}
