// XADD key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id>
// field value …

enum XADD: Command {
    static let declaration = Declaration(
        "xadd", .stream, since: "5.0.0",
        complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
        summary: "Appends a new message to a stream. Creates the key if it doesn't exist.",
        flags: [.write, .denyOOM, .fast], tips: ["nondeterministic_output"], propagates: .rewritten,
        history: [
            .init("6.2.0", "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option."),
            .init("7.0.0", "Added support for the `<ms>-*` explicit ID form."),
            .init("8.2.0", "Added the `KEEPREF`, `DELREF` and `ACKED` options."),
        ],
        grammar: [
            .key("key", .update, note: "UPDATE instead of INSERT because of the optional trimming feature"),
            .token(Option.nomkstream).since("6.2.0"), ReferencePolicy.grammar.since("8.2.0"),
            .block(
                "trim",
                [
                    .oneOf("strategy", [.word("MAXLEN"), .word("MINID").since("6.2.0")]).required,
                    .oneOf("operator", [.word("=", named: "equal"), .word("~", named: "approximately")]),
                    .string("threshold"), .token(Option.limit, .integer("count")).since("6.2.0"),
                ]
            ).optional,
            .oneOf("id-selector", [.word("*", named: "auto-id"), .string("id")]).required,
            .block("data", [.string("field"), .string("value")]).repeated,
        ])

    enum Option: Int, CommandOption { case nomkstream, limit }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try TrimRequest(
            arguments, adding: true, context.keyspace.heap.limits, isObeyed: context.client.number == 0)
        let words = arguments.count &- request.idIndex &- 1
        guard words >= 2, words & 1 == 0 else { throw .wrongArgumentCount }
        if let given = request.id, !given.leavesSequenceOpen, given.id.isZero {
            throw .because("ERR The ID specified in XADD must be greater than 0-0")
        }
        let key = arguments.key(1), now = context.now
        var id = StreamID.zero, trimmed = 0, length = 0, firstID = StreamID.zero, rest: UInt64?
        let added = try context.keyspace.update(
            key, as: StreamValue.self, ifMissing: request.leavesMissing ? .leave : .create, event: .xadd
        ) { stream throws(CommandError) in
            id = try nextID(of: stream, request.id, now)
            guard stream.append(id, EntryArguments(arguments, from: request.idIndex &+ 1)) else {
                throw .because("ERR Elements are too large to be stored")
            }
            guard let trim = request.trim else { return 1 }
            trimmed = stream.trim(
                trim, wholeNodesOnly: request.isApproximate, limit: request.limit, request.policy,
                leaving: &rest)
            (length, firstID) = (stream.length, stream.firstKeptID ?? .largest)
            return 1
        }
        guard added != nil else { return reply.null() }
        if let rest { context.keyspace.dispose(StoredValue(kind: .stream, word: rest)) }
        if trimmed > 0 { context.keyspace.feed.announce(.xtrim, key) }
        reply.bulk(id)
        guard request.isApproximate || request.id?.leavesSequenceOpen ?? true else { return }
        context.propagate(request.wordCount(of: arguments)) { log in
            request.write(arguments, to: &log, length: length, firstID: firstID, newID: id)
        }
    }

    /// The number of the new entry, as it was given or as it follows from the last one.
    @inline(__always)
    private static func nextID(
        of stream: StreamValue, _ given: StreamIDText?, _ now: Int64
    ) throws(CommandError) -> StreamID {
        let last = stream.lastID
        guard let next = last.successor else {
            throw .because("ERR The stream has exhausted the last possible ID, unable to add more items")
        }
        guard let given else {
            let moment = UInt64(max(now, 0))
            return moment > last.milliseconds ? StreamID(moment, 0) : next
        }
        var id = given.id
        if given.leavesSequenceOpen, id.milliseconds == last.milliseconds { id = next }
        guard id > last, !given.leavesSequenceOpen || id.milliseconds == given.id.milliseconds else {
            throw .because("ERR The ID specified in XADD is equal or smaller than the target stream top item")
        }
        return id
    }
}
