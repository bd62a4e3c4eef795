// What XCLAIM does: deliveries go to another consumer, wherever they were before. The log gets a claim of each that
// says how it is now.

/// One call of XCLAIM.
struct StreamClaim: ~Copyable, ~Escapable {
    /// Why there is no answer, where the text needs words of the call.
    enum Problem { case noGroup, option(Int) }

    private let arguments: Arguments
    private let now: Int64
    /// Whether anyone reads the requests.
    var isLogged = false
    private(set) var requests = CommandLog()
    private(set) var hasNewConsumer = false
    private(set) var problem: Problem?

    private var leastIdle: Int64 = 0
    /// Behind the last number.
    private var end = 5
    private var time: Int64?
    private var count: Int64 = -1
    private var creates = false, showsIDsOnly = false
    private var lastID = StreamID.zero

    @_lifetime(copy arguments)
    init(_ arguments: Arguments, now: Int64) {
        self.arguments = arguments
        self.now = now
    }

    /// Claims what the call names, and says how many changes that made.
    @_lifetime(self: copy self)
    mutating func run(_ stream: StreamValue, _ reply: inout ReplyWriter) throws(CommandError) -> Int {
        guard let group = stream.group(arguments[2]) else {
            problem = .noGroup
            return 0
        }
        try readOptions()
        if problem != nil { return 0 }
        var changes = 0, owesPosition = false
        if lastID > group.lastID {
            group.lastID = lastID
            owesPosition = true
        }
        let (consumer, isNew) = group.consumerOrNew(arguments[3], at: now, in: stream.heap)
        (hasNewConsumer, changes) = (isNew, isNew ? 1 : 0)
        consumer.seenTime = now
        let place = reply.beginCollection()
        var claimed = 0
        for index in 5..<end {
            let id = try arguments.streamID(index)
            let outcome = claim(id, for: consumer, group, stream, &reply)
            if outcome == .untouched { continue }
            if outcome == .claimed { claimed += 1 }
            changes += 1
            // The claim in the log says how far the group has read.
            owesPosition = false
        }
        if owesPosition {
            if isLogged { requests.appendGroupPosition(group, key: arguments[1], group: arguments[2]) }
            changes += 1
        }
        reply.endArray(place, claimed)
        return changes
    }

    private enum Outcome { case claimed, forgotten, untouched }

    @_lifetime(self: copy self)
    private mutating func claim(
        _ id: StreamID, for consumer: StreamConsumer, _ group: StreamGroup, _ stream: StreamValue,
        _ reply: inout ReplyWriter
    ) -> Outcome {
        let heap = stream.heap
        guard stream.contains(id) else {
            guard let delivery = group.delivery(id, in: heap) else { return .untouched }
            log(id, delivery, group)
            _ = group.acknowledge(id, in: heap)
            return .forgotten
        }
        let delivery: StreamDelivery
        if let known = group.delivery(id, in: heap) {
            if leastIdle > 0, now &- known.time < leastIdle { return .untouched }
            delivery = known
        } else {
            guard creates, let new = group.addDelivery(id, time: now, count: 1, in: heap) else { return .untouched }
            delivery = new
        }
        group.assign(delivery, id, to: consumer, in: heap)
        delivery.time = time ?? now
        group.noteDelivery(at: delivery.time)
        if count >= 0 { delivery.count = count } else if !showsIDsOnly { delivery.count &+= 1 }
        if showsIDsOnly { reply.bulk(id) } else { _ = reply.entry(id, of: stream) }
        consumer.activeTime = now
        log(id, delivery, group)
        return .claimed
    }

    @_lifetime(self: copy self)
    private mutating func log(_ id: StreamID, _ delivery: StreamDelivery, _ group: StreamGroup) {
        guard isLogged else { return }
        requests.appendClaim(of: id, delivery, in: group, key: arguments[1], group: arguments[2])
    }

    /// Numbers come first; the first word that is none begins the options.
    @_lifetime(self: copy self)
    private mutating func readOptions() throws(CommandError) {
        leastIdle = max(0, try number(4, else: "ERR Invalid min-idle-time argument for XCLAIM"))
        while end < arguments.count, StreamIDText(arguments[end], missingSequence: 0, isPlain: true) != nil { end += 1 }
        var index = end
        while index < arguments.count {
            let hasMore = index + 1 < arguments.count
            if arguments.isWord(index, "force") {
                creates = true
            } else if arguments.isWord(index, "justid") {
                showsIDsOnly = true
            } else if hasMore, arguments.isWord(index, "idle") {
                time = now &- (try number(index + 1, else: "ERR Invalid IDLE option argument for XCLAIM"))
                index += 1
            } else if hasMore, arguments.isWord(index, "time") {
                time = try number(index + 1, else: "ERR Invalid TIME option argument for XCLAIM")
                index += 1
            } else if hasMore, arguments.isWord(index, "retrycount") {
                count = try number(index + 1, else: "ERR Invalid RETRYCOUNT option argument for XCLAIM")
                index += 1
            } else if hasMore, arguments.isWord(index, "lastid") {
                lastID = try arguments.streamID(index + 1)
                index += 1
            } else {
                problem = .option(index)
                return
            }
            index += 1
        }
        // A moment that cannot be is taken for now, as if none had been given.
        if let given = time, given < 0 || given > now { time = now }
    }

    private func number(_ index: Int, else text: StaticString) throws(CommandError) -> Int64 {
        guard let value = arguments[index].integer else { throw .because(text) }
        return value
    }
}
