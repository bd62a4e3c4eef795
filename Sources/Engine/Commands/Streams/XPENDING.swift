// XPENDING key group [[IDLE min-idle-time] start end count [consumer]]

enum XPENDING: Command {
    static let declaration = Declaration(
        "xpending", .stream, since: "5.0.0",
        complexity:
            "O(N) with N being the number of elements returned, so asking for a small fixed number of entries "
            + "per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE "
            + "filter. When the command returns just the summary and the list of consumers is small, it runs in "
            + "O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
        summary: "Returns the information and entries from a stream consumer group's pending entries list.",
        flags: [.readOnly], tips: ["nondeterministic_output"],
        history: [.init("6.2.0", "Added the `IDLE` option and exclusive range intervals.")],
        grammar: [
            .key("key", .read), .string("group"),
            .block(
                "filters",
                [
                    .token(Option.idle, .integer("min-idle-time")).since("6.2.0"), .string("start"), .string("end"),
                    .integer("count"), .string("consumer").optional,
                ]
            ).optional,
        ])

    enum Option: Int, CommandOption { case idle }

    static func run(
        _ arguments: Arguments, _ context: inout CommandContext, _ reply: inout ReplyWriter
    ) throws(CommandError) {
        let count = arguments.count
        guard count == 3 || count >= 6 && count <= 9 else { throw .syntax }
        let request = count == 3 ? nil : try PendingRequest(arguments)
        let heap = context.keyspace.heap
        let group = try context.keyspace.value(at: arguments.key(1), as: StreamValue.self)?.group(arguments[2])
        guard let group else { throw context.noGroup(arguments[1], arguments[2]) }
        guard let request else { return summarize(group, heap, &reply) }
        var pending = group.pending(in: heap)
        if let index = request.consumerIndex {
            guard let consumer = group.consumer(arguments[index]) else { return reply.array(0) }
            pending = consumer.pending(in: heap)
        }
        show(pending, request, context.now, &reply)
    }

    /// How much is pending, from where to where, and how much of it each consumer has.
    private static func summarize(_ group: StreamGroup, _ heap: Heap, _ reply: inout ReplyWriter) {
        let pending = group.pending(in: heap)
        reply.array(4)
        reply.integer(pending.count)
        guard let first = pending.first, let last = pending.last else {
            reply.null()
            reply.null()
            return reply.nullArray()
        }
        reply.bulk(first.id)
        reply.bulk(last.id)
        let place = reply.beginCollection(), consumers = group.consumers
        var count = 0
        for index in 0..<consumers.count {
            let owned = consumers[index].pending(in: heap).count
            if owned == 0 { continue }
            reply.array(2)
            reply.bulk(consumers[index].name)
            reply.bulk(decimal: Int64(owned))
            count += 1
        }
        reply.endArray(place, count)
    }

    private static func show(_ pending: IDTree, _ request: PendingRequest, _ now: Int64, _ reply: inout ReplyWriter) {
        let list = reply.beginCollection()
        var count: Int64 = 0, place = pending.ceiling(request.start)
        while count < request.limit, let here = place, here.id <= request.end {
            let delivery = StreamDelivery(word: here.word), idle = now &- delivery.time
            place = here.next
            if request.leastIdle != 0, idle < request.leastIdle { continue }
            count += 1
            reply.array(4)
            reply.bulk(here.id)
            if let consumer = delivery.consumer { reply.bulk(consumer.name) } else { reply.null() }
            reply.integer(Int(max(idle, 0)))
            reply.integer(Int(delivery.count))
        }
        reply.endArray(list, Int(count))
    }
}

/// The long form of XPENDING: which deliveries shall be shown.
private struct PendingRequest {
    let start: StreamID, end: StreamID
    let limit: Int64
    var leastIdle: Int64 = 0
    var consumerIndex: Int?

    init(_ arguments: Arguments) throws(CommandError) {
        var index = 3
        if arguments.isWord(3, "idle") {
            leastIdle = try arguments.integer(4)
            guard arguments.count >= 8 else { throw .syntax }
            index = 5
        }
        limit = max(0, try arguments.integer(index + 2))
        start = try arguments.rangeStart(index)
        end = try arguments.rangeEnd(index + 1)
        if index + 3 < arguments.count { consumerIndex = index + 3 }
    }
}
