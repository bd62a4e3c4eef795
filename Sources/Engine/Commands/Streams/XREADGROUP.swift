// XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] [CLAIM min-idle-time] STREAMS key … id …

enum XREADGROUP: Command {
    static let declaration = Declaration(
        "xreadgroup", .stream, since: "5.0.0",
        complexity:
            "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant "
            + "(e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other "
            + "side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked "
            + "on the stream getting new data.",
        summary:
            "Returns new or historical messages from a stream for a consumer in a group. Blocks until a "
            + "message is available otherwise.",
        flags: [.write, .blocking], propagates: .rewritten,
        history: [.init("8.4.0", "Added the `CLAIM` option.")],
        grammar: [
            .block("group-block", [.string("group"), .string("consumer")]).announced(by: "GROUP"),
            .token(Option.count, .integer("count")), .token(Option.block, .integer("milliseconds")),
            .token(Option.noack), .token(Option.claim, .integer("min-idle-time")).since("8.4.0"),
            .block(
                "streams",
                [.key("key", .read, found: .behind("STREAMS", from: 4, share: 2)).repeated, .string("id").repeated]
            ).announced(by: "STREAMS"),
        ])

    enum Option: Int, CommandOption { case count, block, noack, claim }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let reading = try StreamReading(arguments, isGroup: true, context.now, mayWait: !context.scripts.run.isRunning)
        for index in reading.keys { try check(arguments, index, reading, &context) }
        var delivery = GroupDelivery(arguments, reading, now: context.now)
        delivery.isLogged = context.keyspace.feed.isLogged
        var changes = 0
        for index in reading.keys {
            let key = arguments.key(index)
            delivery.hasNewConsumer = false
            changes &+=
                try context.keyspace.amend(key, as: StreamValue.self, reading: true) { stream throws(CommandError) in
                    try delivery.serve(stream, index, &reply)
                } ?? 0
            if delivery.hasNewConsumer { context.keyspace.feed.announce(.xgroupCreateConsumer, key) }
        }
        if changes > 0 { context.propagate(requestsOf: delivery.requests) }
        if let place = delivery.place {
            return reply.version == .two
                ? reply.endArray(place, delivery.served) : reply.endMap(place, delivery.served)
        }
        guard reading.waits else { return reply.nullArray() }
        context.wait(
            for: reading.keys, of: arguments, kind: nil, until: reading.deadline, lookingAgainAt: delivery.nextClaim,
            &reply
        ) {
            $0.append(arguments)
        }
    }

    /// The key holds a stream that has the group, and its number is one.
    private static func check(
        _ arguments: Arguments, _ index: Int, _ reading: StreamReading, _ context: inout CommandContext
    ) throws(CommandError) {
        let group = arguments[reading.groupIndex]
        let isFound =
            try context.keyspace.value(at: arguments.key(index), as: StreamValue.self)?.group(group) != nil
        guard isFound else {
            throw context.noGroup(arguments[index], group, " in XREADGROUP with GROUP option")
        }
        let idIndex = reading.idIndex(of: index)
        if arguments[idIndex].isCharacter(">") { return }
        if arguments[idIndex].isCharacter("$") {
            throw .because(
                """
                ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this \
                consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return \
                an empty result set.
                """)
        }
        _ = try arguments.streamID(idIndex)
    }
}
