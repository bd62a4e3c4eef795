// HGETEX key [EX seconds | PX milliseconds | EXAT time | PXAT time | PERSIST] FIELDS numfields field …

enum HGETEX: Command {
    static let declaration = Declaration(
        "hgetex", .hash, since: "8.0.0", complexity: "O(N) where N is the number of specified fields",
        summary: "Get the value of one or more fields of a given hash key, and optionally set their expiration.",
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
            .fields,
        ])

    enum Option: Int, FieldExpirationOption {
        case ex, px, exAt, pxAt, persist

        var conflict: StaticString {
            "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified"
        }
    }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1)
        try context.requireHash(key)
        let request = try context.fieldRequest(arguments, Option.self, perField: 1)
        if request.given != 0 { context.removeDueFields(arguments, request.words) }
        reply.array(request.words.count)
        if let hash = try context.keyspace.value(at: key, as: HashValue.self) {
            for index in request.words {
                if let value = hash.value(of: arguments[index]) { reply.bulk(value) } else { reply.null() }
            }
        } else {
            for _ in request.words { reply.null() }
            return
        }
        if let moment = request.moment {
            try context.endFields(arguments, request.words, at: moment)
        } else if request.contains(Option.persist) {
            try context.persistFields(arguments, request.words)
        }
    }
}

extension CommandContext {
    fileprivate mutating func persistFields(_ arguments: Arguments, _ words: Range<Int>) throws(CommandError) {
        var touched = TouchedFields(keyspace.feed)
        let changes = try keyspace.update(
            arguments.key(1), as: HashValue.self, ifMissing: .leave, event: .hpersist
        ) { (hash) throws(CommandError) in
            var changes = 0
            for index in words where (hash.deadline(of: arguments[index]) ?? 0) != 0 {
                hash.setDeadline(of: arguments[index], to: 0)
                changes &+= 1
                touched.append(index)
            }
            return changes
        }
        guard let changes, changes > 0 else { return }
        nameFields(arguments, touched.indices, of: .hpersist)
        propagate(words.count + 4) { log in
            log.append(word: "HPERSIST")
            log.append(word: arguments[1])
            log.append(word: "FIELDS")
            log.append(word: Int64(words.count))
            for index in words { log.append(word: arguments[index]) }
        }
    }
}
