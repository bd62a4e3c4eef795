// What is unusual about the client that is being served. Nothing, nearly always: one test behind each command.

/// Why the next request of a batch does not simply run.
struct Attention: OptionSet {
    let rawValue: UInt8
    static let none: Attention = []
    /// The batch ends here: the client closes, waits or is gone.
    static let stops = Attention(rawValue: 1)
    /// The request that was to run is given back, to be run later.
    static let givesBack = Attention(rawValue: 2)
    /// Some replies are not wanted.
    static let filtersReplies = Attention(rawValue: 4)
    /// Messages to the client wait for the end of its reply.
    static let hasMessages = Attention(rawValue: 8)
    /// The command has not been answered: its client waits for a key.
    static let waits = Attention(rawValue: 16)
    /// Keys have changed that others wait for.
    static let hasChangedKeys = Attention(rawValue: 32)
    /// The keys that the client reads are remembered.
    static let tracksKeys = Attention(rawValue: 64)
    /// The command has not been answered in full: the reply grows over the next turns.
    static let grows = Attention(rawValue: 128)
    static let isUnanswered: Attention = [.waits, .grows]
    static let endsUnusually: Attention = [.waits, .grows, .tracksKeys]
}

extension CommandContext {
    /// The client that is served closes when its replies are sent; nothing more of what it has said is run.
    mutating func closeAfterReply() {
        client.flags.insert(.closesAfterReply)
        attention.insert(.stops)
    }

    /// The end of a call whose client waits, or tracks what it reads, or whose reply grows.
    @inline(never)
    mutating func endUnusualCall(_ row: Reference<CommandRow>, _ arguments: Arguments, _ ticks: UInt64) {
        // A call that waits, or whose reply grows, has not ended, and counts when it is answered.
        if attention.contains(.grows) { growing[current].note(ticks) }
        if attention.isDisjoint(with: .isUnanswered) {
            row.value.statistics.record(observation.nanoseconds(ticks), inHistogram: observation.tracksLatency)
        }
        if attention.contains(.tracksKeys) { rememberKeys(row, arguments) }
    }

    /// Leaves out what CLIENT REPLY says is not wanted.
    mutating func filterReply(_ reply: inout ReplyWriter, from mark: Int) {
        switch client.replyMode {
        case .on: break
        case .off:
            if _slowPath(client.flags.contains(.isPrimary)) { noteRefusalOfPrimary(reply.pending(since: mark)) }
            reply.rollBack(to: mark)
        case .skipNext:
            reply.rollBack(to: mark)
            client.replyMode = .skip
        case .skip:
            reply.rollBack(to: mark)
            client.replyMode = .on
            attention.remove(.filtersReplies)
        }
    }

    /// The client is gone: nothing refers to it any more. Its socket is closed when the turn ends.
    mutating func disconnect(_ identifier: ClientIdentifier) {
        keyspace.feed.unwatch(identifier)
        forgetSubscriptions(of: identifier)
        forgetTracking(of: identifier)
        forgetPostponed(identifier)
        removeMonitor(identifier)
        forgetWait(of: identifier)
        forgetReply(to: identifier)
        forgetReplica(identifier)
        forgetPrimary(identifier)
        clients.disconnect(identifier)
    }
}
