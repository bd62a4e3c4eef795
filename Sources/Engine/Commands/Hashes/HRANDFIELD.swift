// HRANDFIELD key [count [WITHVALUES]]

enum HRANDFIELD: Command {
    static let declaration = Declaration(
        "hrandfield", .hash, since: "6.2.0", complexity: "O(N) where N is the number of fields returned",
        summary: "Returns one or more random fields from a hash.",
        flags: [.readOnly], tips: ["nondeterministic_output"],
        grammar: [.key("key", .read), .block("options", [.integer("count"), .token(Option.withValues)]).optional])

    enum Option: Int, CommandOption { case withValues }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count > 2 else {
            guard let hash = try context.keyspace.value(at: arguments.key(1), as: HashValue.self) else {
                return reply.null()
            }
            return reply.bulk(hash.randomElement().field)
        }
        let count = try arguments.sampleCount(2)
        let withValues = try arguments.options(Option.self, from: 3).contains(.withValues)
        // Each field of a flat reply brings its value along.
        if withValues, count.magnitude > Int.max.magnitude / 2 { throw .outOfRange }
        guard let hash = try context.keyspace.value(at: arguments.key(1), as: HashValue.self) else {
            return reply.array(0)
        }
        let shown = count < 0 ? -count : min(count, hash.count)
        let isNested = withValues && reply.version == .three
        let mark = reply.count
        if count < 0 { try reply.checkSample(begunAt: mark, elements: shown) }
        reply.array(withValues && !isNested ? shown * 2 : shown)
        let show = { (element: HashElement, reply: inout ReplyWriter) in
            if isNested { reply.array(2) }
            reply.bulk(element.field)
            if withValues { reply.bulk(element.value) }
        }
        if count < 0 {
            try hash.draw(shown) { element throws(CommandError) in
                show(element, &reply)
                try reply.checkSample(begunAt: mark, elements: shown)
            }
        } else {
            hash.sample(shown) { show($0, &reply) }
        }
    }
}
