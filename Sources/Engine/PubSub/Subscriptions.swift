// What one client listens to, by the numbers of the registry. A client that never subscribed owns nothing here.

/// The channels and patterns of one client.
struct Subscriptions {
    var channels: Set<SubscriptionTable.Number> = []
    var patterns: Set<SubscriptionTable.Number> = []

    /// As SUBSCRIBE and its kin count them.
    var count: Int { channels.count + patterns.count }
    var isEmpty: Bool { channels.isEmpty && patterns.isEmpty }
}
