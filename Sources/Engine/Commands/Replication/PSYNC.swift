// PSYNC replicationid offset

enum PSYNC: Command {
    static let declaration = Declaration(
        "psync", .server, since: "2.8.0", complexity: "",
        summary: "An internal command used in replication.",
        flags: [.administration, .noScript, .noAsyncLoading, .noMulti], arity: -3,
        grammar: [.string("replicationid"), .integer("offset")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        _ = try arguments.integer(2)
        throw .noReplication
    }
}
