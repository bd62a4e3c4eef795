// XTRIM key <MAXLEN | MINID> [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]

enum XTRIM: Command {
    static let declaration = Declaration(
        "xtrim", .stream, since: "5.0.0",
        complexity:
            "O(N), with N being the number of evicted entries. Constant times are very small however, since "
            + "entries are organized in macro nodes containing multiple entries that can be released with a "
            + "single deallocation.",
        summary: "Deletes messages from the beginning of a stream.",
        flags: [.write], tips: ["nondeterministic_output"], propagates: .rewritten,
        history: [
            .init("6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option."),
            .init("8.2.0", "Added the `KEEPREF`, `DELREF` and `ACKED` options."),
        ],
        grammar: [
            .key("key", .delete),
            .block(
                "trim",
                [
                    .oneOf("strategy", [.word("MAXLEN"), .word("MINID").since("6.2.0")]).required,
                    .oneOf("operator", [.word("=", named: "equal"), .word("~", named: "approximately")]),
                    .string("threshold"), .token(Option.limit, .integer("count")).since("6.2.0"),
                ]), ReferencePolicy.grammar.since("8.2.0"),
        ])

    enum Option: Int, CommandOption { case limit }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try TrimRequest(
            arguments, adding: false, context.keyspace.heap.limits, isObeyed: context.client.number == 0)
        guard let trim = request.trim else { throw .syntax }
        var length = 0, firstID = StreamID.zero, rest: UInt64?
        let removed = try context.keyspace.update(
            arguments.key(1), as: StreamValue.self, ifMissing: .leave, event: .xtrim
        ) { stream in
            let removed = stream.trim(
                trim, wholeNodesOnly: request.isApproximate, limit: request.limit, request.policy,
                leaving: &rest)
            (length, firstID) = (stream.length, stream.firstKeptID ?? .largest)
            return removed
        }
        if let rest { context.keyspace.dispose(StoredValue(kind: .stream, word: rest)) }
        reply.integer(removed ?? 0)
        guard request.isApproximate, removed ?? 0 > 0 else { return }
        context.propagate(request.wordCount(of: arguments)) { log in
            request.write(arguments, to: &log, length: length, firstID: firstID)
        }
    }
}
