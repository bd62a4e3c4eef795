// RENAME key newkey

enum RENAME: Command {
    static let declaration = Declaration(
        "rename", .generic, since: "1.0.0", complexity: "O(1)",
        summary: "Renames a key and overwrites the destination.",
        flags: [.write], categories: [.keyspace], propagates: .verbatim,
        grammar: [.key("key", .readAndDelete), .key("newkey", .overwrite)])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        switch context.keyspace.rename(arguments.key(1), to: arguments.key(2), replacing: true) {
        case .missing: throw .noSuchKey
        case .done, .occupied: reply.ok()
        }
    }
}
