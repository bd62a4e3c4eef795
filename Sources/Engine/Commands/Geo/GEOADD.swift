// GEOADD key [NX | XX] [CH] longitude latitude member …

enum GEOADD: Command {
    static let declaration = Declaration(
        "geoadd", .geo, since: "3.2.0",
        complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        summary: "Adds one or more members to a geospatial index. The key is created if it doesn't exist.",
        flags: [.write, .denyOOM], propagates: .rewritten,
        history: [.init("6.2.0", "Added the `CH`, `NX` and `XX` options.")],
        grammar: [
            .key("key", .update), .oneOf("condition", [.token(Option.nx), .token(Option.xx)]).since("6.2.0"),
            .token(Option.ch, named: "change").since("6.2.0"),
            .block("data", [.double("longitude"), .double("latitude"), .string("member")]).repeated,
        ])

    enum Option: Int, CommandOption { case nx, xx, ch }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        var first = 2
        let options = try arguments.leadingOptions(Option.self, from: &first)
        let words = arguments.count - first
        guard words > 0, words % 3 == 0 else { throw .syntax }
        // All places are read before anything changes.
        for index in stride(from: first, to: arguments.count, by: 3) {
            _ = try context.position(arguments, at: index)
        }
        let changes = try add(arguments, from: first, options, &context)
        let all = changes.added + changes.updated
        if all > 0 { log(arguments, from: first, &context) }
        reply.integer(options.contains(.ch) ? all : changes.added)
    }

    private static func score(_ arguments: Arguments, _ index: Int) throws(CommandError) -> UInt64 {
        let longitude = try arguments.double(index), latitude = try arguments.double(index + 1)
        return GeoCell(of: GeoPosition(longitude: longitude, latitude: latitude)).bits
    }

    private static func add(
        _ arguments: Arguments, from first: Int, _ options: Options<Option>, _ context: inout CommandContext
    ) throws(CommandError) -> (added: Int, updated: Int) {
        let rules: ScoreRules = options.contains(.nx) ? .onlyNew : options.contains(.xx) ? .onlyPresent : []
        var added = 0, updated = 0
        try context.keyspace.update(
            arguments.key(1), as: SortedSetValue.self, ifMissing: options.contains(.xx) ? .leave : .create, event: .zadd
        ) { set throws(CommandError) in
            set.prepare(adding: (arguments.count - first) / 3, firstSize: arguments[first + 2].count)
            for index in stride(from: first, to: arguments.count, by: 3) {
                let score = Double(try score(arguments, index))
                switch set.add(arguments[index + 2], score: score, rules).change {
                case .added: added += 1
                case .updated: updated += 1
                case .same, .refused, .notANumber: break
                }
            }
            return added + updated
        }
        return (added, updated)
    }

    /// The log gets scores, as ZADD has them.
    private static func log(_ arguments: Arguments, from first: Int, _ context: inout CommandContext) {
        let places = (arguments.count - first) / 3
        context.propagate(first + 2 * places) { log in
            log.append(word: "zadd")
            for index in 1..<first { log.append(word: arguments[index]) }
            for index in stride(from: first, to: arguments.count, by: 3) {
                // The places have been read before.
                log.append(word: Int64((try? score(arguments, index)) ?? 0))
                log.append(word: arguments[index + 2])
            }
        }
    }
}
