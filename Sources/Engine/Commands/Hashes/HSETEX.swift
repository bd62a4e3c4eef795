// HSETEX key [FNX | FXX] [EX seconds | PX milliseconds | EXAT time | PXAT time | KEEPTTL]
// FIELDS numfields field value …

enum HSETEX: Command {
    static let declaration = Declaration(
        "hsetex", .hash, since: "8.0.0", complexity: "O(N) where N is the number of fields being set.",
        summary: "Set the value of one or more fields of a given hash key, and optionally set their expiration.",
        flags: [.write, .denyOOM, .fast], propagates: .rewritten,
        grammar: [
            .key("key", .update), .oneOf("condition", [.token(Option.fnx), .token(Option.fxx)]),
            .oneOf(
                "expiration",
                [
                    .token(Option.ex, .integer("seconds")), .token(Option.px, .integer("milliseconds")),
                    .token(Option.exAt, .unixTime("unix-time-seconds")),
                    .token(Option.pxAt, .unixTime("unix-time-milliseconds")), .token(Option.keepTTL),
                ]),
            .fields(.block("data", [.string("field"), .string("value")]).repeated),
        ])

    enum Option: Int, FieldExpirationOption {
        case fnx, fxx, ex, px, exAt, pxAt, keepTTL

        var conflict: StaticString {
            switch self {
            case .fnx, .fxx: "ERR Only one of FXX or FNX arguments can be specified"
            default: "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
            }
        }
    }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let request = try context.fieldRequest(arguments, Option.self, perField: 2)
        let key = arguments.key(1)
        context.removeDueFields(arguments, request.words, perField: 2)
        let mustExist = request.contains(Option.fxx), mustBeNew = request.contains(Option.fnx)
        let moment = request.moment
        let isPast = moment.map { $0 <= context.keyspace.horizon } ?? false
        let keepsDeadline = request.contains(Option.keepTTL)
        let fields = stride(from: request.words.lowerBound, to: request.words.upperBound, by: 2)
        let changes = try context.keyspace.update(
            key, as: HashValue.self, ifMissing: mustExist ? .leave : .create, event: .hset
        ) { (hash) throws(CommandError) in
            if mustExist || mustBeNew {
                for index in fields where hash.contains(arguments[index]) != mustExist { return 0 }
            }
            for index in fields {
                if keepsDeadline {
                    hash.edit(arguments[index], to: arguments[index + 1])
                } else {
                    hash.set(arguments[index], to: arguments[index + 1])
                }
                if let moment, !isPast { hash.end(arguments[index], at: moment) }
            }
            return request.words.count / 2
        }
        guard let changes, changes > 0 else { return reply.integer(0) }
        context.nameFields(arguments, fields, of: .hset)
        reply.integer(1)
        if isPast { return try context.removeSetFields(arguments, request.words) }
        guard let moment else { return }
        context.keyspace.feed.announce(.hexpire, key)
        context.nameFields(arguments, fields, of: .hexpire)
        context.propagateSetFields(arguments, request, until: moment)
    }
}

extension CommandContext {
    /// Fields that have just been set are past their time.
    fileprivate mutating func removeSetFields(_ arguments: Arguments, _ words: Range<Int>) throws(CommandError) {
        let key = arguments.key(1)
        let fields = stride(from: words.lowerBound, to: words.upperBound, by: 2)
        var touched = TouchedFields(keyspace.feed)
        try keyspace.update(key, as: HashValue.self, ifMissing: .leave, event: .hdel) { (hash) throws(CommandError) in
            var removed = 0
            for index in fields where hash.remove(arguments[index]) {
                removed &+= 1
                touched.append(index)
            }
            return removed
        }
        nameFields(arguments, touched.indices, of: .hdel)
        var names = CommandLog()
        if keyspace.feed.isLogged { for index in fields { names.append(word: arguments[index]) } }
        propagateRemoval(ofFields: names, count: words.count / 2, of: key)
    }

    /// The log names the moment, in the words that come first in every version.
    fileprivate mutating func propagateSetFields(
        _ arguments: Arguments, _ request: FieldRequest, until moment: Int64
    ) {
        let isNew = request.contains(HSETEX.Option.fnx), isConditional = isNew || request.contains(HSETEX.Option.fxx)
        propagate(request.words.count + (isConditional ? 7 : 6)) { log in
            log.append(word: "HSETEX")
            log.append(word: arguments[1])
            if isConditional { log.append(word: isNew ? "FNX" : "FXX") }
            log.append(word: "PXAT")
            log.append(word: moment)
            log.append(word: "FIELDS")
            log.append(word: Int64(request.words.count / 2))
            for index in request.words { log.append(word: arguments[index]) }
        }
    }
}
