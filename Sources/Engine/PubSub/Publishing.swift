// From PUBLISH to the outputs of those who listen. Publishing to nobody costs one lookup.

extension CommandContext {
    /// Sends `message` to everyone who listens to `channel`, and counts them.
    mutating func publish(_ message: Bytes, to channel: Bytes) -> Int {
        var receivers = 0
        if let number = channels[.channel].find(channel) {
            receivers = deliver(message, on: channel, to: .channel, number)
        }
        if _slowPath(!channels[.pattern].isEmpty) { receivers += publishToPatterns(message, channel) }
        return receivers
    }

    /// The same for a channel of a shard, which patterns do not hear.
    mutating func publish(_ message: Bytes, toShard channel: Bytes) -> Int {
        guard let number = channels[.shardChannel].find(channel) else { return 0 }
        return deliver(message, on: channel, to: .shardChannel, number)
    }

    @inline(never) private mutating func publishToPatterns(_ message: Bytes, _ channel: Bytes) -> Int {
        var receivers = 0
        for number in 0..<channels[.pattern].endOfNumbers where channels[.pattern].isPattern(number, for: channel) {
            receivers += deliver(message, on: channel, to: .pattern, number)
        }
        return receivers
    }

    /// To everyone who listens to the name of this number.
    @inline(__always)
    private mutating func deliver(
        _ message: Bytes, on channel: Bytes, to kind: SubscriptionKind, _ number: SubscriptionTable.Number
    ) -> Int {
        channels.beginMessage()
        let count = channels[kind][number].subscribers.count
        for index in 0..<count {
            let receiver = channels[kind][number].subscribers[index]
            let version = clients[receiver].output.version
            channels.encode(version, message, channel, kind, number)
            send(to: receiver, version)
        }
        channels.endMessage()
        return count
    }

    /// Who publishes to itself gets its reply first.
    @inline(__always)
    private mutating func send(to receiver: ClientIdentifier, _ version: ReplyWriter.ProtocolVersion) {
        if _slowPath(receiver == current) {
            channels.appendToMessagesToSender(version)
            attention.insert(.hasMessages)
        } else {
            switch version {
            case .two: clients.send(channels.two, to: receiver)
            case .three: clients.send(channels.three, to: receiver)
            }
        }
    }

    /// What was sent to the client itself follows the reply of its command.
    mutating func appendMessagesToSender(_ reply: inout ReplyWriter) {
        if client.flags.contains(.isBeingAnswered) {
            clients.send(channels.messagesToSender, to: current)
        } else {
            reply.takeOver(channels.messagesToSender, droppingFirst: 0)
        }
        channels.messagesToSender.removeAll()
        appendOwnInvalidations(&reply)
        attention.remove(.hasMessages)
    }
}
