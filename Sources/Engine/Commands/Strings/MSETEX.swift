// MSETEX numkeys key value … [NX | XX] [EX seconds | PX milliseconds | EXAT time | PXAT time | KEEPTTL]

enum MSETEX: Command {
    static let declaration = Declaration(
        "msetex", .string, since: "8.4.0", complexity: "O(N) where N is the number of keys to set.",
        summary: "Atomically sets multiple string keys with a shared expiration in a single operation.",
        flags: [.write, .denyOOM], tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
        propagates: .rewritten,
        grammar: [
            .integer("numkeys"), .block("data", [.key("key", .overwrite), .string("value")]).repeated,
            .oneOf("condition", [.token(Option.nx), .token(Option.xx)]),
            .oneOf(
                "expiration",
                [
                    .token(Option.ex, .integer("seconds"), excludes: [.ex]),
                    .token(Option.px, .integer("milliseconds"), excludes: [.px]),
                    .token(Option.exAt, .unixTime("unix-time-seconds"), excludes: [.exAt]),
                    .token(Option.pxAt, .unixTime("unix-time-milliseconds"), excludes: [.pxAt]),
                    .token(Option.keepTTL),
                ]),
        ])

    enum Option: Int, ExpirationOption { case nx, xx, ex, px, exAt, pxAt, keepTTL }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard let number = arguments[1].integer, number > 0, number <= Int32.max else {
            throw .because("ERR invalid numkeys value")
        }
        let end = 2 + 2 * Int(number)
        guard end <= arguments.count else { throw .because("ERR wrong number of key-value pairs") }
        let options = try arguments.options(Option.self, from: end)
        let deadline =
            try arguments.deadline(options, from: context.now) ?? (options.contains(.keepTTL) ? .unchanged : .never)
        if options.contains(.nx) || options.contains(.xx) {
            for index in stride(from: 2, to: end, by: 2)
            where context.keyspace.contains(arguments.key(index)) != options.contains(.xx) {
                return reply.integer(0)
            }
        }
        var first = 2
        while first < end {
            let group = context.prefetchKeys(of: arguments, from: first, step: 2)
            let last = min(group.end, end)
            for index in stride(from: first, to: last, by: 2) {
                let key = group.key(arguments, index)
                try context.keyspace.replace(key, with: arguments[index + 1], deadline: deadline, event: .set)
            }
            first = last
        }
        context.propagatePairs(arguments, end, deadline)
        reply.integer(1)
    }
}

extension CommandContext {
    /// The log is told of the pairs in words that every version of Redis knows.
    fileprivate mutating func propagatePairs(_ arguments: Arguments, _ end: Int, _ deadline: Deadline) {
        if deadline == .never {
            return propagate(end - 1) { log in
                log.append(word: "MSET")
                for index in 2..<end { log.append(word: arguments[index]) }
            }
        }
        for index in stride(from: 2, to: end, by: 2) {
            if case .at(let moment) = deadline {
                propagateSet(arguments.key(index), arguments[index + 1], until: moment)
            } else {
                propagateSet(arguments.key(index), arguments[index + 1])
            }
        }
    }

    /// The key gets another value, and ends when it would have.
    mutating func propagateSet(_ key: Key, _ value: Bytes) {
        propagate(4) { log in
            log.append(word: "SET")
            log.append(word: key.bytes)
            log.append(word: value)
            log.append(word: "KEEPTTL")
        }
    }
}
