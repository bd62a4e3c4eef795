// GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]

enum GETEX: Command {
    static let declaration = Declaration(
        "getex", .string, since: "6.2.0", complexity: "O(1)",
        summary: "Returns the string value of a key after setting its expiration time.",
        flags: [.write, .fast], propagates: .rewritten,
        grammar: [
            .key("key", .readAndUpdate, note: "RW and UPDATE because it changes the TTL"),
            .oneOf(
                "expiration",
                [
                    .token(Option.ex, .integer("seconds")), .token(Option.px, .integer("milliseconds")),
                    .token(Option.exAt, .unixTime("unix-time-seconds")),
                    .token(Option.pxAt, .unixTime("unix-time-milliseconds")), .token(Option.persist),
                ]),
        ])

    enum Option: Int, ExpirationOption { case ex, px, exAt, pxAt, persist }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let options = try arguments.options(Option.self)
        let key = arguments.key(1)
        if let value = try context.keyspace.string(at: key) { reply.bulk(value) } else { return reply.null() }
        if case .at(let moment)? = try arguments.deadline(options, from: context.now) {
            // A moment that has passed can only be one that was named as such, and then the key goes at once.
            let isPast = moment <= context.keyspace.horizon
            _ = try context.keyspace.setDeadline(of: key, to: moment)
            if isPast { return context.propagateRemoval(of: key.bytes, for: .expiry) }
            context.propagate(3) { log in
                log.append(word: "PEXPIREAT")
                log.append(word: key.bytes)
                log.append(word: moment)
            }
        } else if options.contains(.persist), context.keyspace.persist(key) {
            context.propagate(2) { log in
                log.append(word: "PERSIST")
                log.append(word: key.bytes)
            }
        }
    }
}
