// MOVE key db

enum MOVE: Command {
    static let declaration = Declaration(
        "move", .generic, since: "1.0.0", complexity: "O(1)",
        summary: "Moves a key to another database.",
        flags: [.write, .fast], categories: [.keyspace], propagates: .verbatim,
        grammar: [.key("key", .readAndUpdate), .integer("db")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let database = try arguments.database(2, among: context.keyspace.databaseCount)
        guard database != context.keyspace.selected else {
            throw .because("ERR source and destination objects are the same")
        }
        reply.integer(context.keyspace.move(arguments.key(1), to: database) == .done ? 1 : 0)
    }
}
