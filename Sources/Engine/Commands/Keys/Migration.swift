// How keys move to another server: all values are sent at once, as calls of RESTORE, and each key goes here when the
// other side has said that it is there. Everything waits meanwhile, as in Redis, but in no step longer than the
// timeout says. A connection that turns out to be closed is opened once more, if nothing can have been received.

internal import Platform

/// How one attempt ended that did not reach its end.
private enum MigrationFailure: Error {
    case connecting
    case writing(CallFailure)
    /// The other side may have received everything; nothing was acknowledged.
    case reading(CallFailure)
    /// Some keys were acknowledged, and then the connection broke.
    case readingMore
    /// The other side has refused, in these words.
    case refused(String)

    /// Another attempt on a new connection may succeed, and does no harm.
    var allowsRetry: Bool {
        switch self {
        case .writing(let failure), .reading(let failure): failure != .timeout
        case .connecting, .readingMore, .refused: false
        }
    }
}

extension CommandContext {
    /// Moves, or copies, the keys at these places of the arguments.
    mutating func migrate(
        _ arguments: Arguments, _ request: MigrationRequest, _ keys: [Int], _ reply: inout ReplyWriter
    ) throws(CommandError) {
        guard var targets = try targets(of: arguments, request, &reply) else { return }
        var values = CommandLog(), sent: [Int] = []
        for index in keys where try write(arguments.key(index), request, to: &values) { sent.append(index) }
        var mayRetry = true
        while true {
            do throws(MigrationFailure) {
                try attempt(arguments, request, sent, values, targets)
                return reply.ok()
            } catch {
                guard error.allowsRetry, mayRetry else { throw explain(error) }
                mayRetry = false
            }
            // The connection that was kept is gone.
            guard let found = try self.targets(of: arguments, request, &reply) else { return }
            targets = found
        }
    }

    /// Where the other side is; nothing if there is a connection to it. Nil if its name has to be looked up: the client
    /// waits for that, and the command runs again. Who may not wait holds up everybody, no longer than a step may take.
    private mutating func targets(
        of arguments: Arguments, _ request: MigrationRequest, _ reply: inout ReplyWriter
    ) throws(CommandError) -> [SocketAddress]? {
        if links.contains(linkName(arguments)) { return [] }
        let port = arguments[2].integer.flatMap { UInt16(exactly: $0) } ?? 0
        var answer: NameAnswer?
        switch names.ask(arguments[1].text, reserve: CommandContext.namesLeftForLink) {
        case .known(let known): answer = known
        case .asked(let number):
            let milliseconds = request.timeoutMilliseconds
            if !isExecutingTransaction, !scripts.run.isRunning, !client.flags.contains(.isPrimary) {
                let end = now.addingReportingOverflow(Int64(milliseconds))
                let deadline = end.overflow ? nil : end.partialValue
                waitInVain(arguments, until: deadline, answer: .named(number), &reply)
                return nil
            }
            answer = names.wait(for: number, within: milliseconds)
        }
        guard case .addresses(let addresses)? = answer else { throw explain(.connecting) }
        return addresses.map { $0.at(port: port) }
    }

    /// MIGRATE may not use up what the link to the server that is followed needs.
    private static let namesLeftForLink = 2

    private func linkName(_ arguments: Arguments) -> [UInt8] {
        arguments[1].array + [UInt8(ascii: ":")] + arguments[2].array
    }

    private mutating func explain(_ failure: MigrationFailure) -> CommandError {
        switch failure {
        case .connecting: .because("IOERR error or timeout connecting to the client")
        case .writing: .because("IOERR error or timeout writing to target instance")
        case .reading, .readingMore: .because("IOERR error or timeout reading to target instance")
        case .refused(let text): error("ERR Target instance replied with error: \(text)")
        }
    }

    /// Writes the call that makes the key at the other side; false if its time has come.
    private mutating func write(_ key: Key, _ request: MigrationRequest, to values: inout CommandLog)
        throws(CommandError) -> Bool
    {
        var timeToLive: Int64 = 0
        if case .at(let moment)? = keyspace.deadline(of: key) {
            let left = moment.subtractingReportingOverflow(now)
            if left.partialValue < 0 { return false }
            timeToLive = max(1, left.partialValue)
        }
        var writer = settings.dumpWriter
        guard try keyspace.dump(key, to: &writer) else { return false }
        values.begin(request.replaces ? 5 : 4)
        values.append(word: "RESTORE")
        values.append(word: key.bytes)
        values.append(word: timeToLive)
        values.append(word: writer.output.contents)
        if request.replaces { values.append(word: "REPLACE") }
        return true
    }

    // MARK: One attempt

    private mutating func attempt(
        _ arguments: Arguments, _ request: MigrationRequest, _ keys: [Int], _ values: borrowing CommandLog,
        _ targets: [SocketAddress]
    ) throws(MigrationFailure) {
        let link = try link(to: arguments, request, targets)
        let selects = link.database != request.database
        let greetings = (request.credentials.isEmpty ? 0 : 1) + (selects ? 1 : 0)
        var refusal: String?
        do throws(CallFailure) {
            try send(arguments, request, selects: selects, values, to: link)
        } catch {
            links.drop(link)
            throw .writing(error)
        }
        do throws(CallFailure) {
            for _ in 0..<greetings { try hear(link, request, &refusal) }
        } catch {
            links.drop(link)
            throw .reading(error)
        }
        let greetingRefusal = refusal
        var acknowledged: [Int] = [], broken: CallFailure?
        for index in keys {
            do throws(CallFailure) {
                var refused = greetingRefusal
                try hear(link, request, &refused)
                if refused == nil { acknowledged.append(index) } else if refusal == nil { refusal = refused }
            } catch {
                broken = error
                break
            }
        }
        if !request.copies { remove(acknowledged, arguments) }
        if broken != nil || links.hasUnreadBytes { links.drop(link) }
        if refusal != nil, !keys.isEmpty {
            links.note(nil, of: link)
            throw .refused(refusal ?? "")
        }
        if let broken { throw acknowledged.isEmpty ? .reading(broken) : .readingMore }
        links.note(request.database, of: link)
    }

    private mutating func link(
        to arguments: Arguments, _ request: MigrationRequest, _ targets: [SocketAddress]
    ) throws(MigrationFailure) -> TransferLink {
        let heap = keyspace.heap
        do throws(CallFailure) {
            return try links.open(
                linkName(arguments), at: targets, within: request.timeoutMilliseconds, now: now
            ) { heap.random(below: $0) }
        } catch {
            // A refusal shows itself to Redis only when it writes.
            throw error == .broken ? .writing(.broken) : .connecting
        }
    }

    private mutating func send(
        _ arguments: Arguments, _ request: MigrationRequest, selects: Bool, _ values: borrowing CommandLog,
        to link: TransferLink
    ) throws(CallFailure) {
        var greeting = CommandLog()
        if !request.credentials.isEmpty {
            greeting.begin(1 + request.credentials.count)
            greeting.append(word: "AUTH")
            for index in request.credentials { greeting.append(word: arguments[index]) }
        }
        if selects {
            greeting.begin(2)
            greeting.append(word: "SELECT")
            greeting.append(word: request.database)
        }
        try links.send(greeting.contents(), to: link, within: request.timeoutMilliseconds)
        try links.send(values.contents(), to: link, within: request.timeoutMilliseconds)
    }

    /// Reads one answer, and remembers the first refusal among them, without its sign. What is neither consent nor
    /// refusal comes from something that is no such server.
    private mutating func hear(
        _ link: TransferLink, _ request: MigrationRequest, _ refusal: inout String?
    ) throws(CallFailure) {
        let line = try links.line(from: link, within: request.timeoutMilliseconds)
        if line.first == UInt8(ascii: "+") { return }
        guard line.first == UInt8(ascii: "-") else { throw .broken }
        if refusal == nil { refusal = line.dropFirst().oneLine }
    }

    /// The keys are at the other side now; the log hears of their end here.
    private mutating func remove(_ keys: [Int], _ arguments: Arguments) {
        let removed = keys.filter { keyspace.remove(arguments.key($0)) }
        guard !removed.isEmpty else { return }
        propagate(1 + removed.count) { log in
            log.append(word: "DEL")
            for index in removed { log.append(word: arguments[index]) }
        }
    }
}
