// What one client listens to, by the numbers of the registry. A client that never subscribed owns nothing here.

/// What can be listened to.
enum SubscriptionKind: CaseIterable {
    case channel, pattern
    /// A channel of a part of a cluster. Outside of one it is a channel by another name, apart from the others.
    case shardChannel

    var subscribed: StaticString {
        switch self {
        case .channel: "subscribe"
        case .pattern: "psubscribe"
        case .shardChannel: "ssubscribe"
        }
    }

    var unsubscribed: StaticString {
        switch self {
        case .channel: "unsubscribe"
        case .pattern: "punsubscribe"
        case .shardChannel: "sunsubscribe"
        }
    }

    /// The first word of a message that comes this way.
    var message: StaticString {
        switch self {
        case .channel: "message"
        case .pattern: "pmessage"
        case .shardChannel: "smessage"
        }
    }
}

/// The channels and patterns of one client.
struct Subscriptions {
    private var channels: Set<SubscriptionTable.Number> = []
    private var patterns: Set<SubscriptionTable.Number> = []
    private var shardChannels: Set<SubscriptionTable.Number> = []

    subscript(kind: SubscriptionKind) -> Set<SubscriptionTable.Number> {
        _read {
            switch kind {
            case .channel: yield channels
            case .pattern: yield patterns
            case .shardChannel: yield shardChannels
            }
        }
        _modify {
            switch kind {
            case .channel: yield &channels
            case .pattern: yield &patterns
            case .shardChannel: yield &shardChannels
            }
        }
    }

    /// As SUBSCRIBE and its kin count them: channels and patterns together, those of shards by themselves.
    func count(for kind: SubscriptionKind) -> Int {
        kind == .shardChannel ? shardChannels.count : channels.count + patterns.count
    }

    /// What remembering them takes, roughly.
    var memoryUsed: Int { (channels.capacity + patterns.capacity + shardChannels.capacity) * 24 }
    var isEmpty: Bool { channels.isEmpty && patterns.isEmpty && shardChannels.isEmpty }
}
