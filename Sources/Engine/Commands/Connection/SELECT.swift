// SELECT index

enum SELECT: Command {
    static let declaration = Declaration(
        "select", .connection, since: "1.0.0", complexity: "O(1)",
        summary: "Changes the selected database.",
        flags: [.loading, .stale, .fast], grammar: [.integer("index")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let index = arguments[1].integer.flatMap(Int32.init(exactly:)) else { throw .notAnInteger }
        guard index >= 0, index < context.keyspace.databaseCount else { throw .because("ERR DB index is out of range") }
        context.client.database = Int(index)
        context.keyspace.select(Int(index))
        reply.ok()
    }
}
