// REPLCONF

enum REPLCONF: Command {
    static let declaration = Declaration(
        "replconf", .server, since: "3.0.0", complexity: "O(1)",
        summary: "An internal command for configuring the replication stream.",
        flags: [.administration, .noScript, .loading, .stale, .allowBusy, .system], arity: -1)

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count % 2 == 1 else { throw .syntax }
        if arguments.count == 1 { return reply.ok() }
        let name = FoldedName(arguments[1])
        // No replica is there to acknowledge anything, and these two are never answered.
        if name == FoldedName("ack") || name == FoldedName("getack") { return }
        if name == FoldedName("listening-port") { _ = try arguments.integer(2) }
        let known = [
            FoldedName("listening-port"), FoldedName("ip-address"), FoldedName("capa"), FoldedName("rdb-only"),
            FoldedName("rdb-filter-only"),
        ]
        guard known.contains(name) else {
            throw context.error("ERR Unrecognized REPLCONF option: \(arguments[1].quotableText)")
        }
        throw .noReplication
    }
}
