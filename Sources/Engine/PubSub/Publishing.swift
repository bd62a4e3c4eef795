// From PUBLISH to the outputs of those who listen. Publishing to nobody costs one lookup.

extension CommandContext {
    /// Sends `message` to everyone who listens to `channel`, and counts them.
    mutating func publish(_ message: Bytes, to channel: Bytes) -> Int {
        var receivers = 0
        if let number = channels.channels.find(channel) {
            channels.beginMessage()
            let count = channels.channels[number].subscribers.count
            for index in 0..<count {
                deliver(message, on: channel, to: channels.channels[number].subscribers[index], pattern: nil)
            }
            channels.endMessage()
            receivers = count
        }
        if _slowPath(!channels.patterns.isEmpty) { receivers += publishToPatterns(message, channel) }
        return receivers
    }

    @inline(never) private mutating func publishToPatterns(_ message: Bytes, _ channel: Bytes) -> Int {
        var receivers = 0
        for number in 0..<channels.patterns.endOfNumbers where channels.patterns.contains(number) {
            let isMatch = GlobPattern(channels.patterns[number].name.contents).matches(channel)
            guard isMatch else { continue }
            channels.beginMessage()
            let count = channels.patterns[number].subscribers.count
            for index in 0..<count {
                deliver(message, on: channel, to: channels.patterns[number].subscribers[index], pattern: number)
            }
            channels.endMessage()
            receivers += count
        }
        return receivers
    }

    /// Who publishes to itself gets its reply first.
    @inline(__always)
    private mutating func deliver(
        _ message: Bytes, on channel: Bytes, to receiver: ClientIdentifier, pattern: SubscriptionTable.Number?
    ) {
        let version = clients[receiver].output.version
        channels.encode(version, message, channel, pattern: pattern)
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
        reply.takeOver(channels.messagesToSender, droppingFirst: 0)
        channels.messagesToSender.removeAll()
        appendOwnInvalidations(&reply)
        attention.remove(.hasMessages)
    }
}
