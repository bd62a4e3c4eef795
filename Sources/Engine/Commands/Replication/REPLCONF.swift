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
        for index in stride(from: 1, to: arguments.count, by: 2) {
            try configure(FoldedName(arguments[index]), arguments[index], arguments[index + 1], &context)
        }
        reply.ok()
    }

    /// What a client that only wants a snapshot may say is understood; what a replica says is refused.
    private static func configure(
        _ name: FoldedName, _ option: Bytes, _ value: Bytes, _ context: inout CommandContext
    ) throws(CommandError) {
        if name == FoldedName("capa") { return }
        if name == FoldedName("rdb-only") {
            guard let number = value.integer else { throw .notAnInteger }
            if number == 1 {
                context.client.flags.insert(.wantsOnlySnapshot)
            } else {
                context.client.flags.remove(.wantsOnlySnapshot)
            }
            return
        }
        if name == FoldedName("rdb-filter-only"), value.isEmpty { return }
        if name == FoldedName("listening-port"), value.integer == nil { throw .notAnInteger }
        let known = [FoldedName("listening-port"), FoldedName("ip-address"), FoldedName("rdb-filter-only")]
        guard known.contains(name) else {
            throw context.error("ERR Unrecognized REPLCONF option: \(option.quotableText)")
        }
        throw .noReplication
    }
}
