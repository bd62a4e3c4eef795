// ZRANDMEMBER key [count [WITHSCORES]]

enum ZRANDMEMBER: Command {
    static let declaration = Declaration(
        "zrandmember", .sortedSet, since: "6.2.0", complexity: "O(N) where N is the number of members returned",
        summary: "Returns one or more random members from a sorted set.",
        flags: [.readOnly], tips: ["nondeterministic_output"],
        grammar: [.key("key", .read), .block("options", [.integer("count"), .token(Option.withScores)]).optional])

    enum Option: Int, CommandOption { case withScores }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count > 2 else {
            guard let set = try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self) else {
                return reply.null()
            }
            return set.random { member, _ in reply.bulk(member) }
        }
        let count = try arguments.sampleCount(2)
        let withScores = try arguments.options(Option.self, from: 3).contains(.withScores)
        // Each member of a flat reply brings its score along.
        if withScores, count.magnitude > Int.max.magnitude / 2 { throw .outOfRange }
        guard let set = try context.keyspace.value(at: arguments.key(1), as: SortedSetValue.self) else {
            return reply.array(0)
        }
        let shown = count < 0 ? -count : min(count, set.count)
        let isNested = withScores && reply.version == .three
        let mark = reply.count
        if count < 0 { try reply.checkSample(begunAt: mark, elements: shown) }
        reply.array(withScores && !isNested ? shown * 2 : shown)
        if count < 0 {
            try set.draw(shown) { member, score throws(CommandError) in
                reply.member(member, score, withScores: withScores)
                try reply.checkSample(begunAt: mark, elements: shown)
            }
        } else if shown == set.count {
            set.forEach { reply.member($0, $1, withScores: withScores) }
        } else {
            set.sample(shown) { reply.member($0, $1, withScores: withScores) }
        }
    }
}
