// SLAVEOF <host port | NO ONE>

enum SLAVEOF: Command {
    static let declaration = Declaration(
        "slaveof", .server, since: "1.0.0", complexity: "O(1)",
        summary: "Sets a Redis server as a replica of another, or promotes it to being a master.",
        flags: [.administration, .noScript, .stale, .noAsyncLoading],
        deprecated: .init(version: "5.0.0", replacement: "`REPLICAOF`"),
        grammar: [.masterOrNone])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        try context.followMaster(arguments, &reply)
    }
}
