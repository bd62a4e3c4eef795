// Client-side caching: what a client has asked for with CLIENT TRACKING, and who does at all. Which keys were read is
// in the keyspace's `TrackedKeys`; what is sent is in `ClientTracking+Invalidation.swift`.

/// How a client tracks keys.
struct TrackingOptions: OptionSet {
    let rawValue: UInt8
    static let isOn = TrackingOptions(rawValue: 1)
    /// It hears of all keys that begin with its prefixes, whether or not it has read them.
    static let broadcasts = TrackingOptions(rawValue: 2)
    /// Only what it reads after CLIENT CACHING YES is tracked.
    static let optIn = TrackingOptions(rawValue: 4)
    /// What it reads after CLIENT CACHING NO is not tracked.
    static let optOut = TrackingOptions(rawValue: 8)
    /// It does not hear of what it does itself.
    static let noLoop = TrackingOptions(rawValue: 16)
    /// CLIENT CACHING was said, and concerns what comes next.
    static let cachingIsGiven = TrackingOptions(rawValue: 32)
    /// The client that was to hear instead of it is gone.
    static let redirectionIsBroken = TrackingOptions(rawValue: 64)

    /// Names in CLIENT TRACKINGINFO and letters in CLIENT LIST exist for what is kept beyond one command.
    static let lasting: TrackingOptions = [.broadcasts, .optIn, .optOut, .noLoop, .redirectionIsBroken]
}

/// The tracking of one client. One that tracks nothing owns nothing here.
struct ClientTracking {
    var options: TrackingOptions = []
    /// The number of the client that hears instead of it, or zero.
    var redirection: UInt64 = 0
    /// In the order of their bytes.
    var prefixes: [[UInt8]] = []

    /// The keys that it reads are remembered.
    var remembersKeys: Bool { options.contains(.isOn) && !options.contains(.broadcasts) }

    var memoryUsed: Int { prefixes.reduce(0) { $0 + 128 + $1.count } }
}

/// A prefix that clients listen to, and the keys under it that have changed in this turn.
struct TrackedPrefix {
    let prefix: [UInt8]
    var clients: [ClientIdentifier] = []
    /// By whom each was changed last: the number of the client, or zero.
    var changed: [[UInt8]: UInt64] = [:]
}

/// Everyone who tracks.
struct TrackingClients {
    /// How many clients do.
    var count = 0
    /// In the order of their bytes.
    var prefixes: [TrackedPrefix] = []
    /// Keys of which the client that is served hears behind its reply; nil stands for all keys.
    var ownInvalidations: [[UInt8]?] = []
    /// How often in a row the table was left above its limit.
    var timesOverLimit = 0
    var hasBroadcasts = false
    /// No prefix is longer.
    fileprivate(set) var longestPrefix = 0

    /// Many short prefixes are found by each beginning of a key; others by looking at each of them.
    var areSearched: Bool { prefixes.count > 64 && longestPrefix <= 64 }

    func index(of prefix: ArraySlice<UInt8>) -> Int? {
        var low = 0, high = prefixes.count
        while low < high {
            let middle = (low + high) / 2
            if prefixes[middle].prefix.lexicographicallyPrecedes(prefix) { low = middle + 1 } else { high = middle }
        }
        return low < prefixes.count && prefixes[low].prefix.elementsEqual(prefix) ? low : nil
    }
}

extension CommandContext {
    /// The client that is served tracks keys from now on, or in another way.
    mutating func enableTracking(_ options: TrackingOptions, redirection: UInt64, prefixes: [[UInt8]]) {
        if !client.tracking.options.contains(.isOn) { tracking.count += 1 }
        client.tracking.options.subtract(.lasting)
        client.tracking.options.formUnion(options.union(.isOn))
        client.tracking.redirection = redirection
        if options.contains(.broadcasts) {
            listen(to: prefixes.isEmpty ? client.tracking.prefixes.contains([]) ? [] : [[]] : prefixes)
        }
        trackingHasChanged()
    }

    /// The client tracks no keys any more; what it has read stays in the table until it changes, as in Redis.
    mutating func disableTracking(of identifier: ClientIdentifier) {
        guard clients[identifier].tracking.options.contains(.isOn) else { return }
        let own = Set(clients[identifier].tracking.prefixes)
        if !own.isEmpty {
            for index in tracking.prefixes.indices where own.contains(tracking.prefixes[index].prefix) {
                tracking.prefixes[index].clients.removeAll { $0 == identifier }
            }
            tracking.prefixes.removeAll { $0.clients.isEmpty }
            if tracking.prefixes.isEmpty { tracking.longestPrefix = 0 }
        }
        clients[identifier].tracking = ClientTracking()
        tracking.count -= 1
        trackingHasChanged()
    }

    /// The client is gone. With nobody left who tracks, nothing needs to be remembered.
    mutating func forgetTracking(of identifier: ClientIdentifier) {
        guard clients[identifier].tracking.options.contains(.isOn) else { return }
        disableTracking(of: identifier)
        if tracking.count == 0 { keyspace.feed.editTrackedKeys { $0.forgetAll() } }
    }

    /// None of the prefixes may be one that the client listens to. They may be many: both lists are walked once.
    private mutating func listen(to prefixes: [[UInt8]]) {
        var added = Set(prefixes)
        for index in tracking.prefixes.indices where added.remove(tracking.prefixes[index].prefix) != nil {
            tracking.prefixes[index].clients.append(current)
        }
        if !added.isEmpty {
            tracking.prefixes += added.map { TrackedPrefix(prefix: $0, clients: [current]) }
            tracking.prefixes.sort { $0.prefix.lexicographicallyPrecedes($1.prefix) }
        }
        tracking.longestPrefix = prefixes.reduce(tracking.longestPrefix) { max($0, $1.count) }
        client.tracking.prefixes += prefixes
        client.tracking.prefixes.sort { $0.lexicographicallyPrecedes($1) }
    }

    private mutating func trackingHasChanged() {
        let (isWanted, recordsEveryKey) = (tracking.count > 0, !tracking.prefixes.isEmpty)
        keyspace.feed.editTrackedKeys { keys in
            keys.isWanted = isWanted
            keys.recordsEveryKey = recordsEveryKey
        }
        guard clients.contains(current) else { return }
        if client.tracking.remembersKeys { attention.insert(.tracksKeys) } else { attention.remove(.tracksKeys) }
    }
}
