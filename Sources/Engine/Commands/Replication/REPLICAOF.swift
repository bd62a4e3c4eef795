// REPLICAOF <host port | NO ONE>

enum REPLICAOF: Command {
    static let declaration = Declaration(
        "replicaof", .server, since: "5.0.0", complexity: "O(1)",
        summary: "Configures a server as replica of another, or promotes it to a master.",
        flags: [.administration, .noScript, .stale, .noAsyncLoading],
        grammar: [.masterOrNone])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.followMaster(arguments, &reply)
    }
}

extension Argument {
    /// Whom to follow.
    static var masterOrNone: Argument {
        oneOf(
            "args",
            [
                .block("host-port", [.string("host"), .integer("port")]),
                .block("no-one", [.word("NO"), .word("ONE")]),
            ]
        ).required
    }
}

extension CommandContext {
    /// Following nobody is what this server always does; following another is more than it can.
    mutating func followMaster(_ arguments: Arguments, _ reply: inout ReplyWriter) throws(CommandError) {
        if FoldedName(arguments[1]) == FoldedName("no"), FoldedName(arguments[2]) == FoldedName("one") {
            return reply.ok()
        }
        guard let port = arguments[2].integer, 0...65535 ~= port else { throw .because("ERR Invalid master port") }
        throw .noReplication
    }
}

extension CommandError {
    /// What is answered to everything that begins a replication.
    static var noReplication: CommandError { .because("ERR replication is not supported by this build") }
}
