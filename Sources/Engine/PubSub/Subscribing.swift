// Subscribing and unsubscribing: what the commands, RESET and the end of a connection have in common.

extension CommandContext {
    /// SUBSCRIBE and its kin: every name in the arguments, each confirmed.
    mutating func subscribe(_ kind: SubscriptionKind, _ arguments: Arguments, _ reply: inout ReplyWriter) {
        for index in 1..<arguments.count {
            let number = channels[kind].number(for: arguments[index])
            if client.subscriptions[kind].insert(number).inserted { channels[kind].add(current, to: number) }
            confirm(kind, kind.subscribed, arguments[index], &reply)
        }
        updateSubscribedMode(reply.version)
    }

    /// UNSUBSCRIBE and its kin: the names in the arguments, or all of them, each confirmed.
    mutating func unsubscribe(_ kind: SubscriptionKind, _ arguments: Arguments, _ reply: inout ReplyWriter) {
        if arguments.count > 1 {
            for index in 1..<arguments.count { unsubscribe(kind, from: arguments[index], &reply) }
        } else {
            unsubscribeFromAll(kind, &reply)
        }
        updateSubscribedMode(reply.version)
    }

    private mutating func unsubscribe(_ kind: SubscriptionKind, from name: Bytes, _ reply: inout ReplyWriter) {
        if let number = channels[kind].find(name), client.subscriptions[kind].remove(number) != nil {
            channels[kind].remove(current, from: number)
        }
        confirm(kind, kind.unsubscribed, name, &reply)
    }

    private mutating func unsubscribeFromAll(_ kind: SubscriptionKind, _ reply: inout ReplyWriter) {
        let numbers = client.subscriptions[kind]
        // In their order of age, as far as numbers tell.
        for number in numbers.sorted() {
            var name = Buffer()
            name.append(channels[kind][number].name, droppingFirst: 0)
            unsubscribe(kind, from: name.contents, &reply)
        }
        if numbers.isEmpty { confirm(kind, kind.unsubscribed, Bytes(""), isNull: true, &reply) }
    }

    /// What a client hears of its subscriptions, even if it wants no replies.
    private mutating func confirm(
        _ kind: SubscriptionKind, _ word: StaticString, _ name: Bytes, isNull: Bool = false,
        _ reply: inout ReplyWriter
    ) {
        let count = client.subscriptions.count(for: kind)
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
        for kind in SubscriptionKind.allCases {
            for number in clients[client].subscriptions[kind] { channels[kind].remove(client, from: number) }
        }
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
