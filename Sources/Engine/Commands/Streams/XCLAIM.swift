// XCLAIM key group consumer min-idle-time id … [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE]
//     [JUSTID] [LASTID lastid]

enum XCLAIM: Command {
    static let declaration = Declaration(
        "xclaim", .stream, since: "5.0.0",
        complexity: "O(log N) with N being the number of messages in the PEL of the consumer group.",
        summary:
            "Changes, or acquires, ownership of a message in a consumer group, as if the message was delivered "
            + "a consumer group member.",
        flags: [.write, .fast], tips: ["nondeterministic_output"], propagates: .rewritten,
        grammar: [
            .key("key", .update), .string("group"), .string("consumer"), .string("min-idle-time"),
            .string("id").repeated, .token(Option.idle, .integer("ms")),
            .token(Option.time, .unixTime("unix-time-milliseconds")), .token(Option.retrycount, .integer("count")),
            .token(Option.force), .token(Option.justid), .token(Option.lastid, .string("lastid")),
        ])

    enum Option: Int, CommandOption { case idle, time, retrycount, force, justid, lastid }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1), now = context.now
        var claim = StreamClaim(arguments, now: now)
        claim.isLogged = context.keyspace.feed.isLogged
        let changes = try context.keyspace.amend(key, as: StreamValue.self, reading: true) {
            stream throws(CommandError) in
            try claim.run(stream, &reply)
        }
        guard let changes else { throw context.noGroup(arguments[1], arguments[2]) }
        if claim.hasNewConsumer { context.keyspace.feed.announce(.xgroupCreateConsumer, key) }
        if changes > 0 { context.propagate(requestsOf: claim.requests) }
        switch claim.problem {
        case .noGroup: throw context.noGroup(arguments[1], arguments[2])
        case .option(let index):
            throw context.error("ERR Unrecognized XCLAIM option '\(arguments[index].quotableText)'")
        case nil: break
        }
    }
}
