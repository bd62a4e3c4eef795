// SELECT index

enum SELECT: Command {
    static let declaration = Declaration(
        "select", .connection, since: "1.0.0", complexity: "O(1)",
        summary: "Changes the selected database.",
        flags: [.loading, .stale, .fast], grammar: [.integer("index")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let index = Int32(exactly: try arguments.integer(1)) else {
            throw .because("ERR value is out of range, value must between -2147483648 and 2147483647")
        }
        guard index >= 0, index < context.keyspace.databaseCount else { throw .because("ERR DB index is out of range") }
        context.client.database = Int(index)
        context.keyspace.select(Int(index))
        reply.ok()
    }
}
