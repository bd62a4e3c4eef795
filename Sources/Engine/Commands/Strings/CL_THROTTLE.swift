// CL.THROTTLE key max_burst count period [quantity], as the module redis-cell has it. A limit is an ordinary string: a
// decimal number, with a deadline. What it means is `RateLimit`'s.

enum CL_THROTTLE: Command {
    static let declaration = Declaration(
        "cl.throttle", .string, since: "4.0.0", complexity: "O(1)",
        summary: "Takes from a rate limit, if it allows so much now, and tells what is left of it.",
        flags: [.write, .denyOOM, .fast], propagates: .rewritten,
        grammar: [
            .key("key", .readAndUpdate), .integer("max_burst"), .integer("count"), .integer("period"),
            .integer("quantity").optional,
        ])

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count <= 6 else { throw .wrongArgumentCount }
        let rate = try RateLimit(
            maxBurst: arguments.integer(2), count: arguments.integer(3), periodSeconds: arguments.integer(4))
        let quantity = arguments.count > 5 ? try arguments.integer(5) : 1
        let now = context.observation.turnTime &* 1000
        let key = arguments.key(1)
        var verdict: RateLimit.Verdict?
        try context.keyspace.update(timed: key, event: .set) { stored throws(CommandError) in
            let taken = try rate.take(quantity, at: now, stored: stored)
            verdict = taken
            return taken.arrival.map { ($0, $0.millisecondsRoundedUp) }
        }
        guard let verdict else { return }
        if let arrival = verdict.arrival { context.propagate(arrival, of: key) }
        reply.array(5)
        reply.integer(verdict.isLimited ? 1 : 0)
        reply.integer(Int(rate.limit))
        reply.integer(Int(verdict.remaining))
        reply.integer(verdict.retryAfter?.secondsAsShown ?? -1)
        reply.integer(verdict.resetAfter.secondsAsShown)
    }
}

extension CommandContext {
    /// The log gets the result: whoever reads it has another clock.
    fileprivate mutating func propagate(_ arrival: Int64, of key: Key) {
        propagate(5) { log in
            log.append(word: "SET")
            log.append(word: key.bytes)
            log.append(word: arrival)
            log.append(word: "PXAT")
            log.append(word: arrival.millisecondsRoundedUp)
        }
    }
}

extension Int64 {
    /// The first millisecond that is not before so many nanoseconds.
    fileprivate var millisecondsRoundedUp: Int64 { self / 1_000_000 + (self % 1_000_000 > 0 ? 1 : 0) }

    /// Whole seconds, rounded up from milliseconds; what is less than a millisecond does not count.
    fileprivate var secondsAsShown: Int {
        let milliseconds = self / 1_000_000
        return Int(milliseconds / 1000 + (milliseconds % 1000 > 0 ? 1 : 0))
    }
}
