// XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]

enum XAUTOCLAIM: Command {
    static let declaration = Declaration(
        "xautoclaim", .stream, since: "6.2.0", complexity: "O(1) if COUNT is small.",
        summary:
            "Changes, or acquires, ownership of messages in a consumer group, as if the messages were "
            + "delivered to as consumer group member.",
        flags: [.write, .fast], tips: ["nondeterministic_output"], propagates: .rewritten,
        history: [
            .init(
                "7.0.0",
                "Added an element to the reply array, containing deleted entries the command cleared from the PEL")
        ],
        grammar: [
            .key("key", .delete), .string("group"), .string("consumer"), .string("min-idle-time"), .string("start"),
            .token(Option.count, .integer("count")), .token(Option.justid),
        ])

    enum Option: Int, CommandOption { case count, justid }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let key = arguments.key(1), now = context.now
        let request: AutomaticClaim
        do throws(CommandError) {
            request = try AutomaticClaim(arguments)
        } catch {
            // The key is looked at before the other words are judged.
            _ = context.keyspace.kind(of: key, counting: true)
            throw error
        }
        var requests = CommandLog(), isFound = false, isNew = false
        let isLogged = context.keyspace.feed.isLogged
        let changes = try context.keyspace.amend(key, as: StreamValue.self, reading: true) {
            stream throws(CommandError) in
            guard let group = stream.group(arguments[2]) else { return 0 }
            isFound = true
            guard request.isModest else {
                throw .because("ERR Insufficient memory, failed allocating transient memory, COUNT too high.")
            }
            let (consumer, isAdded) = group.consumerOrNew(arguments[3], at: now, in: stream.heap)
            isNew = isAdded
            consumer.seenTime = now
            let claims = request.claim(stream, group, for: consumer, now, &reply) { id, delivery in
                guard isLogged else { return }
                requests.appendClaim(of: id, delivery, in: group, key: arguments[1], group: arguments[2])
            }
            return claims + (isAdded ? 1 : 0)
        }
        guard isFound else { throw context.noGroup(arguments[1], arguments[2]) }
        if isNew { context.keyspace.feed.announce(.xgroupCreateConsumer, key) }
        if let changes, changes > 0 { context.propagate(requestsOf: requests) }
    }
}

/// What XAUTOCLAIM was asked for.
private struct AutomaticClaim {
    let leastIdle: Int64
    let start: StreamID
    var limit: Int64 = 100
    var showsIDsOnly = false

    /// Redis takes memory for as many numbers at once, and refuses what is too much; so few machines have.
    var isModest: Bool { limit <= 1 << 30 }

    /// How many deliveries are looked at for each that may be claimed.
    private static let attempts: Int64 = 10

    init(_ arguments: Arguments) throws(CommandError) {
        guard let idle = arguments[4].integer else {
            throw .because("ERR Invalid min-idle-time argument for XAUTOCLAIM")
        }
        leastIdle = max(0, idle)
        start = try arguments.rangeStart(5)
        var index = 6
        while index < arguments.count {
            if arguments.isWord(index, "count"), index + 1 < arguments.count {
                guard let count = arguments[index + 1].integer, count > 0, count <= Int64.max / 16 else {
                    throw .because("ERR COUNT must be > 0")
                }
                limit = count
                index += 1
            } else if arguments.isWord(index, "justid") {
                showsIDsOnly = true
            } else {
                throw .syntax
            }
            index += 1
        }
    }

    /// Gives the consumer what nobody has asked for long enough, forgets what is no more, and says how many
    /// deliveries that were. `log` hears of each.
    func claim(
        _ stream: StreamValue, _ group: StreamGroup, for consumer: StreamConsumer, _ now: Int64,
        _ reply: inout ReplyWriter, _ log: (StreamID, StreamDelivery) -> Void
    ) -> Int {
        let heap = stream.heap, pending = group.pending(in: heap), place = reply.beginClaims()
        var left = limit, attempts = limit * AutomaticClaim.attempts, claimed = 0, deleted: [StreamID] = []
        var next = pending.ceiling(start)
        while attempts > 0, left > 0, let here = next {
            attempts -= 1
            let id = here.id, delivery = StreamDelivery(word: here.word)
            guard stream.contains(id) else {
                log(id, delivery)
                _ = group.acknowledge(id, in: heap)
                deleted.append(id)
                next = pending.ceiling(id)
                left -= 1
                continue
            }
            next = here.next
            if leastIdle > 0, now &- delivery.time < leastIdle { continue }
            group.assign(delivery, id, to: consumer, in: heap)
            delivery.time = now
            group.noteDelivery(at: now)
            if !showsIDsOnly { delivery.count &+= 1 }
            if showsIDsOnly { reply.bulk(id) } else { _ = reply.entry(id, of: stream) }
            consumer.activeTime = now
            log(id, delivery)
            claimed += 1
            left -= 1
        }
        var rest = StreamID.zero
        if let next { rest = next.id }
        reply.endClaims(place, next: rest, claimed)
        reply.array(deleted.count)
        for id in deleted { reply.bulk(id) }
        return claimed + deleted.count
    }
}
