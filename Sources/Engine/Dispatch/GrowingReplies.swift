// Replies too long for one turn: all of a large container, all keys of a database. Such a command runs as ever, but
// says with `answerGradually` what its reply is made of; each turn of the event loop adds a part, and its client waits
// meanwhile like one that waits for a key. All who wait so share the turn. Where a reply must be whole at once, inside
// EXEC, `mostAnsweredAtOnce` has no bound and a handler never gets here.

/// How much of long replies is made in one turn. Tests make both numbers small.
struct ReplyPace {
    /// Up to so many elements a reply is made at once.
    var mostAtOnce = 1000
    /// What all growing replies of a turn may cost together, in units of about ten nanoseconds.
    var turn = 20_000
    /// So much output may wait for a client before its reply goes on growing.
    var mostWaiting = 256 << 10
}

/// One reply that grows.
struct GrowingReply: ~Copyable {
    let row: Reference<CommandRow>
    /// The words of the command.
    var request = RequestQueue()
    /// The walk of KEYS, which knows how many elements there are only at its end; they are collected until then.
    var walk: KeyWalk?
    var pattern: [UInt8] = []
    var collected = OutputQueue()
    var collectedCount = 0
    /// What an element costs in this kind of container.
    let elementCost: Int
    let part: ReadingPart
    /// What its parts have taken so far, and the longest of them.
    var ticks: UInt64 = 0
    var longestPart: UInt64 = 0
    /// Its bytes so far.
    var size = 0

    fileprivate init(
        _ row: Reference<CommandRow>, _ arguments: Arguments, cost: Int, part: ReadingPart, walk: KeyWalk? = nil
    ) {
        self.row = row
        self.walk = walk
        self.part = part
        elementCost = cost
        request.append(arguments)
    }

    mutating func note(_ ticks: UInt64) {
        self.ticks &+= ticks
        longestPart = max(longestPart, ticks)
    }
}

/// All replies that grow.
struct GrowingReplies: ~Copyable {
    var pace = ReplyPace()
    private var replies = SlotTable<GrowingReply>()
    /// Clients whose replies go on in the next turn. The others wait for their sockets.
    private var active: [ClientIdentifier] = []

    var count: Int { replies.count }
    @inline(__always) var hasWork: Bool { !active.isEmpty }

    func contains(_ client: ClientIdentifier) -> Bool { replies.contains(client) }

    subscript(client: ClientIdentifier) -> GrowingReply {
        @inline(__always) _read { yield replies[client] }
        @inline(__always) _modify { yield &replies[client] }
    }

    mutating func add(_ reply: consuming GrowingReply, to client: ClientIdentifier) {
        replies.insert(reply, at: client)
        active.append(client)
    }

    mutating func remove(_ client: ClientIdentifier) { replies.remove(at: client) }

    mutating func takeActive() -> [ClientIdentifier] {
        var taken: [ClientIdentifier] = []
        swap(&taken, &active)
        return taken
    }

    /// The client's reply goes on in the next turn.
    mutating func resume(_ client: ClientIdentifier) {
        if !active.contains(client) { active.append(client) }
    }
}

extension CommandContext {
    // MARK: Beginning

    /// The rest of the running command's reply are the elements of `range` in a container, which follow bit by bit.
    mutating func answerGradually(
        _ value: StoredValue, part: ReadingPart = .elements, _ range: Range<Int>, backwards: Bool = false,
        isOwned: Bool = false, of arguments: Arguments
    ) {
        guard client.replyMode == .on, let row = commands.find(arguments) else {
            if isOwned { keyspace.dispose(value) }
            return
        }
        let reading = Reading(
            value, part, range, backwards: backwards, isOwned: isOwned, horizon: keyspace.horizon)
        keyspace.readings.add(reading, by: current)
        let cost =
            switch (value.kind, part) {
            case (.list, _): 2
            case (.sortedSet, .membersAndScores): 12
            case (.hash, .fieldsAndValues): 8
            default: 6
            }
        answerGradually(GrowingReply(row, arguments, cost: cost, part: part))
    }

    /// The running command's reply are all keys that match a pattern, found bit by bit.
    mutating func answerWithKeys(matching pattern: Bytes, of arguments: Arguments) {
        guard client.replyMode == .on, let row = commands.find(arguments) else { return }
        var reply = GrowingReply(row, arguments, cost: 10, part: .elements, walk: keyspace.keyWalk)
        reply.pattern = pattern.array
        answerGradually(reply)
    }

    private mutating func answerGradually(_ reply: consuming GrowingReply) {
        growing.add(reply, to: current)
        client.flags.insert(.isBeingAnswered)
        clients.holdMessages(to: current)
        attention.formUnion([.grows, .stops])
    }

    // MARK: Growing

    /// Adds a part to the client's reply that costs about `units`, and answers what it has cost.
    mutating func growReply(of client: ClientIdentifier, units: Int, _ reply: inout ReplyWriter) -> Int {
        startTiming()
        reply.version = clients[client].output.version
        let mark = reply.count
        let cost =
            growing[client].walk == nil
            ? readElements(of: client, units, &reply) : collectKeys(of: client, units, &reply)
        growing[client].size &+= reply.count &- mark
        growing[client].note(ticksSinceLast())
        clients.noteMemory(of: client)
        return cost
    }

    /// Copies for readers count as output that waits for them.
    mutating func noteDetachedReadings() {
        for client in keyspace.readings.takeDetached() where growing.contains(client) {
            clients.noteMemory(of: client)
            let size = clients[client].output.memoryUsed + keyspace.readings[client].memoryUsed
            if size >= clients.hardOutputLimit(of: client) { clients.markOverLimit(client) }
        }
    }

    /// What a reply that grows occupies, besides its client's output.
    func growingMemory(of client: ClientIdentifier) -> Int {
        guard growing.contains(client) else { return 0 }
        let copied = keyspace.readings.contains(client) ? keyspace.readings[client].memoryUsed : 0
        return growing[client].request.memoryUsed + growing[client].collected.memoryUsed + copied
    }

    private mutating func readElements(of client: ClientIdentifier, _ units: Int, _ reply: inout ReplyWriter) -> Int {
        let elementCost = growing[client].elementCost, withScores = growing[client].part == .membersAndScores
        let heap = keyspace.heap, start = reply.count
        // A reply that is sent while it grows never has more waiting than its client may.
        let most = start + max(1, min(pace.mostWaiting, clients.hardOutputLimit(of: client) / 4))
        var cost = 0, batch = 16
        while cost < units, reply.count < most, keyspace.readings[client].left > 0 {
            let before = (left: keyspace.readings[client].left, size: reply.count)
            keyspace.readings[client].read(min(batch, max(1, (units - cost) / elementCost)), heap) { element, score in
                if withScores { reply.member(element, score, withScores: true) } else { reply.bulk(element) }
            }
            let size = reply.count - before.size
            cost += (before.left - keyspace.readings[client].left) * elementCost + size / 64
            // Long elements are taken fewer at a time.
            batch = size < 16 << 10 ? min(2 * batch, 256) : max(batch / 4, 1)
        }
        return cost
    }

    private mutating func collectKeys(of client: ClientIdentifier, _ units: Int, _ reply: inout ReplyWriter) -> Int {
        let elementCost = growing[client].elementCost, start = reply.count
        guard var walk = growing[client].walk else { return 0 }
        var cost = 0, count = 0
        withBytes(of: growing[client].pattern) { bytes in
            let pattern = GlobPattern(bytes), everything = pattern.matchesEverything
            while cost < units, !walk.isOver {
                let visited = keyspace.advance(&walk) { key in
                    if everything || pattern.matches(key) {
                        reply.bulk(key)
                        count += 1
                    }
                }
                cost += max(1, visited) * elementCost
            }
        }
        growing[client].walk = walk
        growing[client].collectedCount += count
        growing[client].collected.append(reply, from: start, to: reply.count)
        growing[client].size &+= reply.count - start
        reply.rollBack(to: start)
        if growing[client].collected.count >= clients.hardOutputLimit(of: client) { clients.markOverLimit(client) }
        return cost
    }

    /// Whether the client's reply is complete.
    func hasGrown(_ client: ClientIdentifier) -> Bool {
        if let walk = growing[client].walk { return walk.isOver }
        return keyspace.readings[client].left == 0
    }

    // MARK: Ending

    /// The reply is complete: what was held back follows, the call is counted, and the client goes on.
    mutating func endGrowing(_ client: ClientIdentifier) {
        if growing[client].walk != nil { sendCollected(to: client) }
        begin(for: client)
        let row = growing[client].row
        let duration = observation.nanoseconds(growing[client].ticks)
        row.value.statistics.record(duration, inHistogram: observation.tracksLatency)
        let size = growing[client].size
        let isNoted = growing[client].ticks >= observation.threshold || size >= observation.replyThreshold
        if isNoted, let words = growing[client].request.next() {
            let longest = Int(truncatingIfNeeded: observation.nanoseconds(growing[client].longestPart) / 1_000_000)
            let arguments = Arguments(unsafeList: words, plan: row.value.options)
            noteSlowCall(row, arguments, microseconds: Int(truncatingIfNeeded: duration / 1000), longest: longest)
            noteSizes(row, arguments, request: 0, reply: size)
        }
        leaveClient()
        forgetReply(to: client)
        clients[client].flags.remove(.isBeingAnswered)
        clients.releaseMessages(to: client)
        clients.makeReady(client)
    }

    private mutating func sendCollected(to client: ClientIdentifier) {
        var header = ReplyWriter()
        header.version = clients[client].output.version
        header.array(growing[client].collectedCount)
        clients[client].output.append(encoded: header.pending())
        clients[client].output.takeOver(&growing[client].collected)
        clients.listForOutput(client)
        clients.checkOutputLimit(of: client)
    }

    /// The client is gone, or has its reply.
    mutating func forgetReply(to client: ClientIdentifier) {
        guard growing.contains(client) else { return }
        growing.remove(client)
        keyspace.endReading(by: client)
    }

    private var pace: ReplyPace { growing.pace }
}
