// ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member …

enum ZADD: Command {
    static let declaration = Declaration(
        "zadd", .sortedSet, since: "1.2.0",
        complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        summary:
            "Adds one or more members to a sorted set, or updates their scores. Creates the key if it doesn't "
            + "exist.",
        flags: [.write, .denyOOM, .fast], propagates: .verbatim,
        history: [
            .init("2.4.0", "Accepts multiple elements."),
            .init("3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."),
            .init("6.2.0", "Added the `GT` and `LT` options."),
        ],
        grammar: [
            .key("key", .update),
            .oneOf("condition", exclusive: false, [.token(Option.nx), .token(Option.xx)]).since("3.0.2"),
            .oneOf("comparison", exclusive: false, [.token(Option.gt), .token(Option.lt)]).since("6.2.0"),
            .token(Option.ch, named: "change").since("3.0.2"),
            .token(Option.incr, named: "increment").since("3.0.2"),
            .block("data", [.double("score"), .string("member")]).repeated,
        ])

    enum Option: Int, CommandOption { case nx, xx, gt, lt, ch, incr }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var index = 2, options: UInt32 = 0
        // A score begins with a digit most of the time; no option does.
        if arguments[2].first.map({ $0 > UInt8(ascii: "9") }) ?? false {
            options = try arguments.leadingOptions(Option.self, from: &index).given
        }
        try context.addScores(arguments, from: index, Request(options), &reply)
    }
}

extension ZADD {
    /// What a call asks for besides scores and members.
    struct Request {
        var rules: ScoreRules = []
        var countsChanges = false

        init(rules: ScoreRules) { self.rules = rules }

        init(_ given: UInt32) {
            let options = Options<Option>(given: given, start: 2)
            if options.contains(.nx) { rules.insert(.onlyNew) }
            if options.contains(.xx) { rules.insert(.onlyPresent) }
            if options.contains(.gt) { rules.insert(.onlyGreater) }
            if options.contains(.lt) { rules.insert(.onlyLess) }
            if options.contains(.incr) { rules.insert(.increment) }
            countsChanges = options.contains(.ch)
        }

        /// Redis looks at this only after it has counted the words.
        func check(pairs: Int) throws(CommandError) {
            if rules.isSuperset(of: [.onlyNew, .onlyPresent]) {
                throw .because("ERR XX and NX options at the same time are not compatible")
            }
            let exclusive: ScoreRules = [.onlyNew, .onlyGreater, .onlyLess]
            if rules.intersection(exclusive).rawValue.nonzeroBitCount > 1 {
                throw .because("ERR GT, LT, and/or NX options at the same time are not compatible")
            }
            if rules.contains(.increment), pairs > 1 {
                throw .because("ERR INCR option supports a single increment-element pair")
            }
        }
    }
}

extension CommandContext {
    /// Adds the pairs of score and member that begin at `start`.
    mutating func addScores(
        _ arguments: Arguments, from start: Int, _ request: ZADD.Request, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let words = arguments.count &- start, pairs = words &>> 1
        guard words > 0, words & 1 == 0 else { throw .syntax }
        if !request.rules.isEmpty { try request.check(pairs: pairs) }
        // All scores are read before anything changes.
        let first = try arguments.double(start)
        for pair in 1..<max(pairs, 1) { _ = try arguments.double(start &+ 2 &* pair) }
        let isIncrement = request.rules.contains(.increment)
        var added = 0, updated = 0, last: Double?
        try keyspace.update(
            arguments.key(1), as: SortedSetValue.self,
            ifMissing: request.rules.contains(.onlyPresent) ? .leave : .create,
            event: isIncrement ? .zincr : .zadd
        ) { set throws(CommandError) in
            set.prepare(adding: pairs, firstSize: arguments[start &+ 1].count)
            for pair in 0..<pairs {
                let place = start &+ 2 &* pair
                let score = pair == 0 ? first : try arguments.double(place)
                let (change, result) = set.add(arguments[place &+ 1], score: score, request.rules)
                switch change {
                case .added: added &+= 1
                case .updated: updated &+= 1
                case .same: break
                case .refused: continue
                case .notANumber: throw .because("ERR resulting score is not a number (NaN)")
                }
                last = result
            }
            return added &+ updated
        }
        if !isIncrement { return reply.integer(request.countsChanges ? added &+ updated : added) }
        if let last { reply.double(last) } else { reply.null() }
    }
}
