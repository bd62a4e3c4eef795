// What XREADGROUP does with one stream after another: entries go to the consumer, and the group remembers that. The log
// gets commands with the same effect, which no later choice can change.

/// One call of XREADGROUP on its way through its streams.
struct GroupDelivery: ~Copyable, ~Escapable {
    private let arguments: Arguments
    private let reading: StreamReading
    private let now: Int64
    /// Whether anyone reads the requests.
    var isLogged = false
    private(set) var requests = CommandLog()
    /// The stream that was served last got the consumer by it.
    var hasNewConsumer = false
    /// Where the reply begins, as soon as something is served.
    private(set) var place: ReplyWriter.Place?
    private(set) var served = 0
    /// When there may be more to claim; nil for never.
    private(set) var nextClaim: Int64?
    /// So many pending entries are looked at although enough of them have been found.
    private static let mostLookedAt = 10_000

    @_lifetime(copy arguments)
    init(_ arguments: Arguments, _ reading: StreamReading, now: Int64) {
        self.arguments = arguments
        self.reading = reading
        self.now = now
    }

    /// Serves the stream whose key stands at `index`, and says how many changes that made.
    @_lifetime(self: copy self)
    mutating func serve(_ stream: StreamValue, _ index: Int, _ reply: inout ReplyWriter) throws(CommandError) -> Int {
        guard let group = stream.group(arguments[reading.groupIndex]) else { return 0 }
        let idIndex = reading.idIndex(of: index)
        let given = arguments[idIndex].isCharacter(">") ? StreamID.largest : try arguments.streamID(idIndex)
        var isServed = given != .largest
        if !isServed, stream.length > 0, let last = stream.lastEntryID { isServed = last > group.lastID }
        let claims = given == .largest ? claimable(group, stream) : []
        isServed = isServed || !claims.isEmpty
        let consumer = consumer(of: group, stream, index)
        guard isServed else { return hasNewConsumer ? 1 : 0 }
        if place == nil { place = reply.beginCollection() }
        served += 1
        if reply.version == .two { reply.array(2) }
        reply.bulk(arguments[index])
        if given != .largest {
            showHistory(of: consumer, group, stream, behind: given, &reply)
        } else {
            deliver(to: consumer, group, stream, index, claims, &reply)
        }
        return hasNewConsumer ? 2 : 1
    }

    @_lifetime(self: copy self)
    private mutating func consumer(of group: StreamGroup, _ stream: StreamValue, _ index: Int) -> StreamConsumer {
        let name = arguments[reading.groupIndex + 1]
        let (consumer, isNew) = group.consumerOrNew(name, at: now, in: stream.heap)
        if isNew {
            hasNewConsumer = true
            if reading.needsNoAcknowledgement, isLogged {
                requests.begin(5)
                requests.append(word: "XGROUP")
                requests.append(word: "CREATECONSUMER")
                requests.append(word: arguments[index])
                requests.append(word: arguments[reading.groupIndex])
                requests.append(word: name)
            }
        }
        consumer.seenTime = now
        return consumer
    }

    /// What the consumer has got and not acknowledged; an entry that has been deleted meanwhile has no fields.
    private func showHistory(
        of consumer: StreamConsumer, _ group: StreamGroup, _ stream: StreamValue, behind given: StreamID,
        _ reply: inout ReplyWriter
    ) {
        let list = reply.beginCollection()
        var count: Int64 = 0, pending = given.successor.flatMap { consumer.pending(in: stream.heap).ceiling($0) }
        while let here = pending, reading.limit == 0 || count < reading.limit {
            if reply.entry(here.id, of: stream) {
                let delivery = StreamDelivery(word: here.word)
                group.willChange(here.id, in: stream.heap)
                delivery.time = now
                group.noteDelivery(at: now)
                delivery.count &+= 1
            } else {
                reply.array(2)
                reply.bulk(here.id)
                reply.nullArray()
            }
            count &+= 1
            pending = here.next
        }
        reply.endArray(list, Int(count))
    }

    /// What others have had for long enough, oldest first. Nothing is looked for before the group's first delivery is
    /// old enough. Where very much is pending, what is found among its first part is taken for the oldest.
    @_lifetime(self: copy self)
    private mutating func claimable(_ group: StreamGroup, _ stream: StreamValue) -> [StreamID] {
        guard let idle = reading.claimIdleMilliseconds else { return [] }
        var found: [(time: Int64, id: StreamID)] = []
        let limit = reading.limit > 0 ? Int(clamping: reading.limit) : .max
        if group.earliestDelivery <= now &- idle {
            var earliest = Int64.max, looked = 0, next = group.pending(in: stream.heap).first
            while let here = next, found.count < limit || looked < GroupDelivery.mostLookedAt {
                next = here.next
                looked &+= 1
                let time = StreamDelivery(word: here.word).time
                if now &- time < idle {
                    earliest = min(earliest, time)
                } else if stream.contains(here.id) {
                    found.append((time, here.id))
                }
            }
            found.sort { ($0.time, $0.id) < ($1.time, $1.id) }
            // What is claimed is delivered now; what is not has been looked at.
            if next == nil { group.earliestDelivery = min(earliest, now, found.dropFirst(limit).first?.time ?? .max) }
        }
        if group.earliestDelivery != .max {
            let (moment, overflows) = group.earliestDelivery.addingReportingOverflow(idle)
            if !overflows { nextClaim = min(nextClaim ?? .max, moment) }
        }
        return found.prefix(limit).map(\.id)
    }

    /// Gives the consumer what others have had for too long.
    @_lifetime(self: copy self)
    private mutating func claim(
        _ claims: [StreamID], for consumer: StreamConsumer, _ group: StreamGroup, _ stream: StreamValue, _ index: Int,
        _ reply: inout ReplyWriter
    ) {
        for id in claims {
            var cursor = stream.cursor(from: id, through: id)
            guard cursor.next(), let delivery = group.delivery(id, in: stream.heap) else { continue }
            reply.entry(&cursor, idle: now &- delivery.time, deliveries: delivery.count)
            group.assign(delivery, id, to: consumer, in: stream.heap)
            group.willChange(id, in: stream.heap)
            delivery.time = now
            group.noteDelivery(at: now)
            delivery.count &+= 1
            consumer.activeTime = now
            guard isLogged else { continue }
            requests.appendClaim(
                of: id, delivery, in: group, key: arguments[index], group: arguments[reading.groupIndex])
        }
    }

    /// What others have had for too long, and what the group has not read yet.
    @_lifetime(self: copy self)
    private mutating func deliver(
        to consumer: StreamConsumer, _ group: StreamGroup, _ stream: StreamValue, _ index: Int,
        _ claims: [StreamID], _ reply: inout ReplyWriter
    ) {
        let list = reply.beginCollection(), heap = stream.heap
        claim(claims, for: consumer, group, stream, index, &reply)
        var count = Int64(claims.count)
        let isComplete = count > 0 && count == reading.limit
        var cursor = stream.cursor(from: group.lastID.successor ?? .largest)
        while !isComplete, cursor.next() {
            stream.advance(group, to: cursor.id)
            if reading.claimIdleMilliseconds == nil {
                reply.entry(&cursor)
            } else {
                reply.entry(&cursor, idle: 0, deliveries: 0)
            }
            if !reading.needsNoAcknowledgement {
                let delivery = group.deliver(cursor.id, to: consumer, at: now, in: heap)
                consumer.activeTime = now
                if isLogged, let delivery {
                    requests.appendClaim(
                        of: cursor.id, delivery, in: group, key: arguments[index],
                        group: arguments[reading.groupIndex])
                }
            }
            count &+= 1
            if count == reading.limit { break }
        }
        if reading.needsNoAcknowledgement, count > Int64(claims.count), isLogged {
            requests.appendGroupPosition(group, key: arguments[index], group: arguments[reading.groupIndex])
        }
        reply.endArray(list, Int(count))
    }
}

extension CommandLog {
    /// A claim that gives the delivery to its consumer as it is now, whatever was before.
    mutating func appendClaim(
        of id: StreamID, _ delivery: StreamDelivery, in group: StreamGroup, key: Bytes, group name: Bytes
    ) {
        begin(14)
        append(word: "XCLAIM")
        append(word: key)
        append(word: name)
        if let consumer = delivery.consumer { append(word: consumer.name) } else { append(word: "") }
        append(word: "0")
        append(word: id)
        append(word: "TIME")
        append(word: delivery.time)
        append(word: "RETRYCOUNT")
        append(word: delivery.count)
        append(word: "FORCE")
        append(word: "JUSTID")
        append(word: "LASTID")
        append(word: group.lastID)
    }

    /// How far the group has read, where no claim says it.
    mutating func appendGroupPosition(_ group: StreamGroup, key: Bytes, group name: Bytes) {
        begin(7)
        append(word: "XGROUP")
        append(word: "SETID")
        append(word: key)
        append(word: name)
        append(word: group.lastID)
        append(word: "ENTRIESREAD")
        append(word: group.entriesRead)
    }
}
