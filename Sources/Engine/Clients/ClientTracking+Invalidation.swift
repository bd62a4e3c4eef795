// What clients hear of keys that they may have in their caches. Others hear at once; the client that is served hears
// behind its reply; who listens to prefixes hears at the end of the turn, of all keys in one message.

extension CommandContext {
    // MARK: Remembering

    /// The client that is served has read the keys of this call.
    @inline(never) mutating func rememberKeys(_ row: Reference<CommandRow>, _ arguments: Arguments) {
        // What a script reads, the commands in it say.
        guard row.value.flags.contains(.readOnly), !row.value.flags.contains(.runsScripts) else { return }
        let options = client.tracking.options, cachingIsGiven = options.contains(.cachingIsGiven)
        if options.contains(.optIn), !cachingIsGiven { return }
        if options.contains(.optOut), cachingIsGiven { return }
        let reader = client.number, heap = keyspace.heap
        for index in 0..<row.value.keys.count where !row.value.keys[index].use.contains(.notAKey) {
            _ = row.value.keys[index].forEachKey(arguments.count, arguments) { place, _ in
                let key = arguments.key(place), hash = keyspace.hash(of: key)
                keyspace.feed.editTrackedKeys { $0.remember(key.bytes, hash, reader: reader, in: heap) }
            }
        }
    }

    /// A request of a client that tracks is done: CLIENT CACHING concerns one command, or one transaction.
    mutating func endTrackedRequest(_ row: Reference<CommandRow>?) {
        limitTrackedKeys()
        if client.tracking.options.contains(.cachingIsGiven), !client.transaction.isOpen,
            row?.value.fullName.hasPrefix("client|") != true
        {
            client.tracking.options.remove(.cachingIsGiven)
        }
    }

    /// Keeps the table within `tracking-table-max-keys`: keys are forgotten as if they had changed. The more often the
    /// limit was missed, the more of them at once.
    mutating func limitTrackedKeys() {
        let limit = settings.mostTrackedKeys
        guard limit > 0, keyspace.feed.trackedKeys.keyCount > limit else {
            tracking.timesOverLimit = 0
            return
        }
        var effort = 100 * (tracking.timesOverLimit + 1)
        while effort > 0, keyspace.feed.trackedKeys.keyCount > limit,
            let invalidation = keyspace.feed.editTrackedKeys({ $0.takeAny() })
        {
            effort -= 1
            tellReaders(of: invalidation, isChange: false)
        }
        tracking.timesOverLimit = keyspace.feed.trackedKeys.keyCount > limit ? min(tracking.timesOverLimit + 1, 100) : 0
    }

    // MARK: Telling

    /// Tells those who may have cached what has changed since the last command.
    @inline(never) mutating func spreadInvalidations() {
        for invalidation in keyspace.feed.takeInvalidations() {
            guard let key = invalidation.key else {
                tellEverybody()
                continue
            }
            noteBroadcast(of: key, by: invalidation.isByTime || !clients.contains(current) ? 0 : client.number)
            tellReaders(of: invalidation)
        }
    }

    /// Who forgets its own changes must still hear of keys that leave the table.
    private mutating func tellReaders(of invalidation: Invalidation, isChange: Bool = true) {
        for number in invalidation.readers {
            guard let reader = clients.identifier(numbered: number) else { continue }
            let tracking = clients[reader].tracking
            guard tracking.remembersKeys else { continue }
            if reader != current {
                send(to: reader) { $0.invalidKeys(invalidation.key) }
            } else if !isChange || !tracking.options.contains(.noLoop) {
                self.tracking.ownInvalidations.append(invalidation.key)
                attention.insert(.hasMessages)
            }
        }
    }

    /// All keys are gone: everyone who tracks hears it, in whatever way.
    private mutating func tellEverybody() {
        guard tracking.count > 0 else { return }
        for reader in clients.identifiers where clients[reader].tracking.options.contains(.isOn) {
            if reader == current {
                tracking.ownInvalidations.append(nil)
                attention.insert(.hasMessages)
            } else {
                let version = clients[reader].output.version
                send(to: reader) { $0.allKeysAreInvalid(version) }
            }
        }
    }

    /// What the client that is served hears of its own command.
    mutating func appendOwnInvalidations(_ reply: inout ReplyWriter) {
        if tracking.ownInvalidations.isEmpty { return }
        var keys: [[UInt8]?] = []
        swap(&keys, &tracking.ownInvalidations)
        let version = client.output.version
        for key in keys {
            var message = ReplyWriter()
            let receiver = write(&message, for: current) {
                if key == nil { $0.allKeysAreInvalid(version) } else { $0.invalidKeys(key) }
            }
            guard let receiver else { continue }
            if receiver == current, !client.flags.contains(.isBeingAnswered) {
                reply.takeOver(message, droppingFirst: 0)
            } else {
                clients.send(message, to: receiver)
            }
        }
    }

    // MARK: Prefixes

    private mutating func noteBroadcast(of key: [UInt8], by author: UInt64) {
        guard tracking.areSearched else {
            for index in tracking.prefixes.indices where key.starts(with: tracking.prefixes[index].prefix) {
                note(key, by: author, under: index)
            }
            return
        }
        for length in 0...min(key.count, tracking.longestPrefix) {
            if let index = tracking.index(of: key.prefix(length)) { note(key, by: author, under: index) }
        }
    }

    private mutating func note(_ key: [UInt8], by author: UInt64, under index: Int) {
        tracking.prefixes[index].changed[key] = author
        tracking.hasBroadcasts = true
    }

    /// The end of the turn: everyone who listens to a prefix hears of the keys under it, in one message.
    @inline(__always) mutating func broadcastInvalidations() {
        if _slowPath(tracking.hasBroadcasts) { broadcastInvalidationsNow() }
    }

    @inline(never) private mutating func broadcastInvalidationsNow() {
        tracking.hasBroadcasts = false
        for index in tracking.prefixes.indices where !tracking.prefixes[index].changed.isEmpty {
            let changed = tracking.prefixes[index].changed
            tracking.prefixes[index].changed = [:]
            let keys = changed.keys.sorted { $0.lexicographicallyPrecedes($1) }
            for listener in tracking.prefixes[index].clients {
                if clients[listener].tracking.options.contains(.noLoop) {
                    let number = clients[listener].number
                    let others = keys.filter { changed[$0] != number }
                    if !others.isEmpty { send(to: listener) { $0.invalidKeys(others) } }
                } else {
                    send(to: listener) { $0.invalidKeys(keys) }
                }
            }
        }
    }

    // MARK: Sending

    /// Sends a message about keys to the client, or to the one that hears instead of it.
    private mutating func send(to reader: ClientIdentifier, _ body: (inout ReplyWriter) -> Void) {
        var message = ReplyWriter()
        guard let receiver = write(&message, for: reader, body) else { return }
        if receiver == current {
            channels.messagesToSender.takeOver(message, droppingFirst: 0)
            attention.insert(.hasMessages)
        } else {
            clients.send(message, to: receiver)
        }
    }

    /// Spells the message for whoever is to hear it; nil if nobody can.
    private mutating func write(
        _ message: inout ReplyWriter, for reader: ClientIdentifier, _ body: (inout ReplyWriter) -> Void
    ) -> ClientIdentifier? {
        let redirection = clients[reader].tracking.redirection
        guard let receiver = redirection == 0 ? reader : clients.identifier(numbered: redirection) else {
            clients[reader].tracking.options.insert(.redirectionIsBroken)
            guard clients[reader].output.version == .three else { return nil }
            message.version = .three
            message.push(2)
            message.bulk("tracking-redir-broken")
            message.integer(Int(truncatingIfNeeded: redirection))
            return reader
        }
        message.version = clients[receiver].output.version
        if message.version == .three {
            message.push(2)
            message.bulk("invalidate")
        } else if redirection != 0, !clients[receiver].subscriptions.isEmpty {
            message.push(3)
            message.bulk("message")
            message.bulk("__redis__:invalidate")
        } else {
            return nil
        }
        body(&message)
        return receiver
    }
}

extension ReplyWriter {
    fileprivate mutating func invalidKeys(_ key: [UInt8]?) { if let key { invalidKeys([key]) } }

    fileprivate mutating func invalidKeys(_ keys: [[UInt8]]) {
        array(keys.count)
        for key in keys { bulk(array: key) }
    }

    /// In the protocol of the client that tracks, even if another one hears it, as Redis has it.
    fileprivate mutating func allKeysAreInvalid(_ version: ProtocolVersion) {
        let own = self.version
        self.version = version
        null()
        self.version = own
    }
}
