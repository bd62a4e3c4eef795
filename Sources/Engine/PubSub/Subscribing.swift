// Subscribing and unsubscribing: what the four commands, RESET and the end of a connection have in common.

/// Which of the two kinds of subscription is meant.
enum SubscriptionKind {
    case channel, pattern

    var subscribed: StaticString { self == .channel ? "subscribe" : "psubscribe" }
    var unsubscribed: StaticString { self == .channel ? "unsubscribe" : "punsubscribe" }
}

extension CommandContext {
    /// SUBSCRIBE and PSUBSCRIBE: every name in the arguments, each confirmed.
    mutating func subscribe(_ kind: SubscriptionKind, _ arguments: Arguments, _ reply: inout ReplyWriter) {
        for index in 1..<arguments.count {
            let name = arguments[index]
            switch kind {
            case .channel:
                let number = channels.channels.number(for: name)
                if client.subscriptions.channels.insert(number).inserted { channels.channels.add(current, to: number) }
            case .pattern:
                let number = channels.patterns.number(for: name)
                if client.subscriptions.patterns.insert(number).inserted { channels.patterns.add(current, to: number) }
            }
            confirm(kind.subscribed, name, &reply)
        }
        updateSubscribedMode(reply.version)
    }

    /// UNSUBSCRIBE and PUNSUBSCRIBE: the names in the arguments, or all of them, each confirmed.
    mutating func unsubscribe(_ kind: SubscriptionKind, _ arguments: Arguments, _ reply: inout ReplyWriter) {
        if arguments.count > 1 {
            for index in 1..<arguments.count { unsubscribe(kind, from: arguments[index], &reply) }
        } else {
            unsubscribeFromAll(kind, &reply)
        }
        updateSubscribedMode(reply.version)
    }

    private mutating func unsubscribe(_ kind: SubscriptionKind, from name: Bytes, _ reply: inout ReplyWriter) {
        switch kind {
        case .channel:
            if let number = channels.channels.find(name), client.subscriptions.channels.remove(number) != nil {
                channels.channels.remove(current, from: number)
            }
        case .pattern:
            if let number = channels.patterns.find(name), client.subscriptions.patterns.remove(number) != nil {
                channels.patterns.remove(current, from: number)
            }
        }
        confirm(kind.unsubscribed, name, &reply)
    }

    private mutating func unsubscribeFromAll(_ kind: SubscriptionKind, _ reply: inout ReplyWriter) {
        let numbers = kind == .channel ? client.subscriptions.channels : client.subscriptions.patterns
        // In their order of age, as far as numbers tell.
        for number in numbers.sorted() {
            var name = Buffer()
            switch kind {
            case .channel: name.append(channels.channels[number].name, droppingFirst: 0)
            case .pattern: name.append(channels.patterns[number].name, droppingFirst: 0)
            }
            unsubscribe(kind, from: name.contents, &reply)
        }
        if numbers.isEmpty { confirm(kind.unsubscribed, Bytes(""), isNull: true, &reply) }
    }

    /// What a client hears of its subscriptions, even if it wants no replies.
    private mutating func confirm(
        _ word: StaticString, _ name: Bytes, isNull: Bool = false, _ reply: inout ReplyWriter
    ) {
        let count = client.subscriptions.count
        if _slowPath(client.replyMode != .on) {
            channels.messagesToSender.version = reply.version
            channels.messagesToSender.confirm(word, name, isNull, count)
            attention.insert(.hasMessages)
        } else {
            reply.confirm(word, name, isNull, count)
        }
    }

    /// The client listens to nothing any more, and is not told: it is gone, or has been reset.
    mutating func forgetSubscriptions(of client: ClientIdentifier) {
        if clients[client].subscriptions.isEmpty { return }
        for number in clients[client].subscriptions.channels { channels.channels.remove(client, from: number) }
        for number in clients[client].subscriptions.patterns { channels.patterns.remove(client, from: number) }
        clients[client].subscriptions = Subscriptions()
    }

    /// A client of RESP2 that listens cannot do much else. To be called when either may have changed.
    mutating func updateSubscribedMode(_ version: ReplyWriter.ProtocolVersion) {
        restrictClient(.subscribed, version == .two && !client.subscriptions.isEmpty)
    }
}

extension ReplyWriter {
    fileprivate mutating func confirm(_ word: StaticString, _ name: Bytes, _ isNull: Bool, _ count: Int) {
        push(3)
        bulk(word)
        if isNull { null() } else { bulk(name) }
        integer(count)
    }
}
