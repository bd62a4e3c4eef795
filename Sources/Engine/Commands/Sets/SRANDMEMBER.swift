// SRANDMEMBER key [count]

enum SRANDMEMBER: Command {
    static let declaration = Declaration(
        "srandmember", .set, since: "1.0.0",
        complexity:
            "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed "
            + "count.",
        summary: "Get one or multiple random members from a set",
        flags: [.readOnly], tips: ["nondeterministic_output"],
        history: [.init("2.6.0", "Added the optional `count` argument.")],
        grammar: [.key("key", .read), .integer("count").optional.since("2.6.0")])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count > 2 else {
            guard let set = try context.keyspace.value(at: arguments.key(1), as: SetValue.self) else {
                return reply.null()
            }
            return reply.bulk(set.randomMember())
        }
        guard arguments.count == 3 else { throw .syntax }
        let count = try arguments.sampleCount(2)
        guard let set = try context.keyspace.value(at: arguments.key(1), as: SetValue.self) else {
            return reply.array(0)
        }
        let shown = count < 0 ? -count : min(count, set.count)
        let mark = reply.count
        if count < 0 { try reply.checkSample(begunAt: mark, elements: shown) }
        reply.array(shown)
        if count < 0 {
            try set.draw(shown) { member throws(CommandError) in
                reply.bulk(member)
                try reply.checkSample(begunAt: mark, elements: shown)
            }
        } else {
            set.sample(shown) { reply.bulk($0) }
        }
    }
}
