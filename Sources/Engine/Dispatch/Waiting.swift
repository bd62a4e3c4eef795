// Waiting for keys. A handler that finds nothing asks to wait; its client stops being served, and its command is run
// again, as it stands, when one of the keys has changed. That happens behind the command that changed the key (behind
// all of EXEC), to the clients in the order in which they came, and what they do may serve others in turn.

extension CommandContext {
    /// Makes the client of the running command wait until a key at one of `indices` holds a value of this kind, or
    /// until `deadline`. Where nobody may wait the answer is what a client gets that waited too long. A command that is
    /// run again for a waiting client, and finds nothing again, keeps its place.
    mutating func wait(
        for indices: Range<Int>, of arguments: Arguments, kind: ValueKind, until deadline: Int64?,
        _ reply: inout ReplyWriter
    ) {
        wait(for: indices, of: arguments, kind: kind, until: deadline, &reply) { $0.append(arguments) }
    }

    /// The same with other words, which `write` gives, for the command to be run again with. Without a kind the wait
    /// also ends when a key is gone, or holds something else. What time brings about, the command is run again for.
    mutating func wait(
        for indices: Range<Int>, of arguments: Arguments, kind: ValueKind?, until deadline: Int64?,
        lookingAgainAt moment: Int64? = nil, _ reply: inout ReplyWriter, _ write: (inout RequestQueue) -> Void
    ) {
        if isExecutingTransaction || client.flags.contains(.isPrimary) { return reply.nullArray() }
        attention.insert(.waits)
        if isServingBlocked { return blocked.lookAgain(current, at: moment, now: now) }
        guard let row = commands.find(arguments) else { return }
        var keys: [(key: WaitedKey, hash: UInt64)] = []
        var named: Set<WaitedKey> = []
        for index in indices {
            let key = WaitedKey(database: keyspace.selected, key: arguments[index].array)
            // A key that is named twice is waited for once.
            if indices.count == 1 || named.insert(key).inserted {
                keys.append((key, keyspace.hash(of: arguments.key(index))))
            }
        }
        for (_, hash) in keys { keyspace.feed.waitedKeys.add(hash) }
        blocked.add(current, row, keys, kind, .nullArray, until: deadline, now: now, write)
        if moment != nil { blocked.lookAgain(current, at: moment, now: now) }
        client.flags.insert(.isBlocked)
        attention.insert(.stops)
    }

    /// Makes the client of the running command wait for something that is no key's change, until `deadline`.
    mutating func waitInVain(
        _ arguments: Arguments, until deadline: Int64?, answer: LateAnswer, _ reply: inout ReplyWriter
    ) {
        guard !isExecutingTransaction, !client.flags.contains(.isPrimary), let row = commands.find(arguments) else {
            return writeLateAnswer(answer, to: current, &reply)
        }
        blocked.add(current, row, [], nil, answer, until: deadline, now: now) { $0.append(arguments) }
        client.flags.insert(.isBlocked)
        attention.formUnion([.waits, .stops])
    }

    /// The client waits no more; what it has said meanwhile is served in the next turn.
    private mutating func endWait(of client: ClientIdentifier) {
        for hash in blocked.remove(client) { keyspace.feed.waitedKeys.remove(hash) }
        guard clients.contains(client) else { return }
        clients[client].flags.remove(.isBlocked)
        clients.makeReady(client)
    }

    /// The client is gone.
    mutating func forgetWait(of client: ClientIdentifier) {
        for hash in blocked.remove(client) { keyspace.feed.waitedKeys.remove(hash) }
    }

    // MARK: Serving

    /// Runs the commands again that wait for a key that has changed, until no change is left to tell of.
    @inline(never) mutating func serveBlockedClients() {
        let (client, noted, began) = (current, attention, timingStart)
        isServingBlocked = true
        while keyspace.feed.waitedKeys.hasChanged {
            for key in keyspace.feed.waitedKeys.takeChanged() ?? blocked.keys { serve(key) }
        }
        isServingBlocked = false
        if client == CommandContext.nobody { leaveClient() } else if clients.contains(client) { begin(for: client) }
        attention = noted.subtracting(.hasChangedKeys)
        timingStart = began
    }

    private mutating func serve(_ key: WaitedKey) {
        var name = Buffer(), ticket: UInt64 = 0
        name.append(array: key.key)
        while let place = blocked.next(for: key, after: ticket) {
            ticket = place.ticket
            guard clients.contains(place.client) else { continue }
            keyspace.select(key.database)
            let kind = keyspace.kind(of: Key(name.contents)), wanted = blocked[place.client].kind
            // Nearly all wait for something to be there.
            if kind == nil, blocked.countOfAnyKind == 0 { return }
            if wanted == nil || wanted == kind { runAgain(place.client) }
        }
    }

    private mutating func runAgain(_ client: ClientIdentifier) {
        begin(for: client)
        startTiming()
        var reply = ReplyWriter()
        reply.version = clients[client].output.version
        let row = blocked[client].row
        blocked[client].request.rewind()
        guard let words = blocked[client].request.next() else { return }
        Dispatcher.callApart(row, Arguments(unsafeList: words, plan: row.value.options), &self, &reply)
        if attention.contains(.waits) { return sendMessagesToSender() }
        if attention.contains(.hasMessages) { appendMessagesToSender(&reply) }
        endWait(of: client)
        answer(client, reply)
    }

    /// The client waits on, but hears what it has set in motion.
    private mutating func sendMessagesToSender() {
        guard attention.contains(.hasMessages) else { return }
        var messages = ReplyWriter()
        appendMessagesToSender(&messages)
        clients.send(messages, to: current)
    }

    /// Runs the commands again that wait for a name, which is known now.
    mutating func serveNameWaits(_ number: Int) {
        guard blocked.hasKeyless else { return }
        for client in blocked.allKeyless where clients.contains(client) && blocked.contains(client) {
            guard case .named(number) = blocked[client].lateAnswer else { continue }
            // They write, and did not get so far before the pause.
            if pause.isInForce { giveUp(client, error: nil) } else { runAgain(client) }
        }
        leaveClient()
    }

    private mutating func answer(_ client: ClientIdentifier, _ reply: borrowing ReplyWriter) {
        guard clients.contains(client), clients[client].replyMode == .on else { return }
        clients[client].output.append(reply, from: 0, to: reply.count)
        clients.listForOutput(client)
        clients.checkOutputLimit(of: client)
    }

    // MARK: Giving up

    /// Answers those who have waited as long as they wanted.
    @inline(__always) mutating func endOverdueWaits() {
        if _slowPath(blocked.count > 0) { endOverdueWaitsNow() }
    }

    @inline(never) private mutating func endOverdueWaitsNow() {
        while let client = blocked.popOverdue(at: now) {
            if blocked.isOver(client, at: now) { giveUp(client, error: nil) } else { wakeKeys(of: client) }
        }
    }

    /// What the client waits for may be there by now, although nobody has changed its keys.
    private mutating func wakeKeys(of client: ClientIdentifier) {
        blocked.lookAgain(client, at: nil, now: now)
        for (key, hash) in blocked[client].keys {
            keyspace.select(key.database)
            withBytes(of: key.key) { keyspace.feed.wake($0, hash) }
        }
    }

    /// Ends a wait without what was waited for: with an error, or as if the time were over.
    mutating func giveUp(_ client: ClientIdentifier, error: StaticString?) {
        guard blocked.contains(client), clients.contains(client) else { return }
        var reply = ReplyWriter()
        reply.version = clients[client].output.version
        let row = blocked[client].row
        if let error {
            reply.error(error)
            observation.errors.record(reply.pending())
            row.value.statistics.failedCalls &+= 1
        } else {
            let late = blocked[client].lateAnswer
            writeLateAnswer(late, to: client, &reply)
        }
        row.value.statistics.record(0, inHistogram: observation.tracksLatency)
        endWait(of: client)
        answer(client, reply)
    }

    private mutating func writeLateAnswer(
        _ answer: LateAnswer, to client: ClientIdentifier, _ reply: inout ReplyWriter
    ) {
        let position = clients[client].replicatedPosition
        switch answer {
        case .nullArray: reply.nullArray()
        case .acknowledged: reply.integer(replicas.count(acknowledging: position))
        case .written: reply.written(hasSafeWrites(client), replicas.count(securing: position))
        case .named: reply.error("IOERR error or timeout connecting to the client")
        }
    }
}

extension Arguments {
    /// The moment at which a wait of so many seconds, of which a fraction may be given, is over; nil for never.
    func waitDeadline(_ index: Int, from now: Int64) throws(CommandError) -> Int64? {
        guard let seconds = self[index].extendedFloat else {
            throw .because("ERR timeout is not a float or out of range")
        }
        let milliseconds = (seconds * 1000).rounded(.up)
        guard milliseconds < 0x1p63 else { throw .because("ERR timeout is out of range") }
        guard milliseconds >= 0 else { throw .because("ERR timeout is negative") }
        return try moment(Int64(milliseconds), after: now)
    }

    /// The same for whole milliseconds.
    func waitDeadline(milliseconds index: Int, from now: Int64) throws(CommandError) -> Int64? {
        guard let milliseconds = self[index].integer else {
            throw .because("ERR timeout is not an integer or out of range")
        }
        guard milliseconds >= 0 else { throw .because("ERR timeout is negative") }
        return try moment(milliseconds, after: now)
    }

    private func moment(_ milliseconds: Int64, after now: Int64) throws(CommandError) -> Int64? {
        let (moment, overflows) = now.addingReportingOverflow(milliseconds)
        guard !overflows else { throw .because("ERR timeout is out of range") }
        return milliseconds == 0 ? nil : moment
    }
}

extension ReplyWriter {
    /// How many append-only files have what was written: this server's, if `isSafe`, and those of replicas.
    mutating func written(_ isSafe: Bool, _ replicas: Int) {
        array(2)
        integer(isSafe ? 1 : 0)
        integer(replicas)
    }
}
