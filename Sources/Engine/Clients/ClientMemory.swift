// `maxmemory-clients`: what each client occupies, what all do together, and who goes when that is too much. Nothing is
// counted while neither clients nor data have a limit. With one, a client's memory changes only when it is served, sent
// something or takes what it was sent: such clients are noted, each once, and counted anew when the turn ends. Clients
// stand in buckets by the power of two that they occupy, so that the largest are found without looking at the others.

/// What clients occupy, as far as a limit asks for it.
struct ClientMemory {
    private static let smallestBucket = 10, bucketCount = 30

    /// Somebody wants to know what clients occupy.
    private(set) var isWatched = false
    /// More than this and clients go; nil for no limit.
    private(set) var limit: Int?
    /// What all clients together occupied when they were last counted.
    private(set) var total = 0
    /// Clients to be counted anew.
    private var noted: [ClientIdentifier] = []
    /// Those that may go, by size.
    private var buckets = [[ClientIdentifier]](repeating: [], count: bucketCount)

    var isLimited: Bool { limit != nil }
    var isOverLimit: Bool { limit.map { total >= $0 } ?? false }

    /// From now on clients are counted; with this limit, if there is one.
    mutating func watch(limit: Int?) {
        isWatched = true
        self.limit = limit
    }

    mutating func note(_ client: ClientIdentifier) { noted.append(client) }

    mutating func takeNoted() -> [ClientIdentifier] {
        if _fastPath(noted.isEmpty) { return [] }
        var taken: [ClientIdentifier] = []
        swap(&taken, &noted)
        return taken
    }

    /// Nothing is counted any more.
    mutating func reset() { self = ClientMemory() }

    fileprivate static func bucket(_ size: Int) -> Int {
        let exponent = Int.bitWidth - 1 - max(size, 1).leadingZeroBitCount
        return min(max(exponent - smallestBucket, 0), bucketCount - 1)
    }

    /// Replaces what was counted for a client.
    fileprivate mutating func count(_ size: Int, insteadOf earlier: Int) { total += size - earlier }

    /// The client stands in the bucket of this size from now on; where in it.
    fileprivate mutating func enter(_ client: ClientIdentifier, _ size: Int) -> Int {
        let bucket = ClientMemory.bucket(size)
        buckets[bucket].append(client)
        return buckets[bucket].count - 1
    }

    /// Who stands at `place` leaves; the one who takes the place, if any.
    fileprivate mutating func leave(_ place: Int, _ size: Int) -> ClientIdentifier? {
        let bucket = ClientMemory.bucket(size)
        guard let last = buckets[bucket].popLast(), place < buckets[bucket].count else { return nil }
        buckets[bucket][place] = last
        return last
    }

    /// One of those that occupy most.
    var largest: ClientIdentifier? { buckets.last { !$0.isEmpty }?.first }
}

/// What was counted for one client.
struct CountedMemory {
    var size = 0
    /// Where it stands in its bucket; nil if it may not be evicted.
    var place: Int?
}

extension ClientTable {
    /// What the client occupies may have changed.
    @inline(__always) mutating func noteMemory(of client: ClientIdentifier) {
        if _slowPath(memory.isWatched) { noteMemoryNow(of: client) }
    }

    @inline(never) private mutating func noteMemoryNow(of client: ClientIdentifier) {
        guard contains(client), !self[client].flags.contains(.isNotedForMemory) else { return }
        self[client].flags.insert(.isNotedForMemory)
        memory.note(client)
    }

    /// Counts the client with this size instead of the one before.
    fileprivate mutating func count(_ client: ClientIdentifier, size: Int) {
        leaveBucket(client)
        memory.count(size, insteadOf: self[client].counted.size)
        self[client].counted.size = size
        if !self[client].flags.contains(.isKeptFromEviction) { self[client].counted.place = memory.enter(client, size) }
    }

    /// The client goes, and with it what was counted.
    mutating func forgetMemory(of client: ClientIdentifier) {
        leaveBucket(client)
        memory.count(0, insteadOf: self[client].counted.size)
        self[client].counted = CountedMemory()
    }

    private mutating func leaveBucket(_ client: ClientIdentifier) {
        guard let place = self[client].counted.place else { return }
        self[client].counted.place = nil
        if let moved = memory.leave(place, self[client].counted.size) { self[moved].counted.place = place }
    }
}

extension CommandContext {
    /// Bytes that the client occupies. The one that is served has the inbox on loan.
    func memoryUsed(by client: ClientIdentifier) -> Int {
        let watched = clients[client].transaction.isOpen || !keyspace.feed.watchedKeys.isEmpty
        let watchedKeys = watched ? keyspace.feed.watchedKeys.count(of: client) : 0
        return MemoryLayout<Client>.size + inputCapacity(of: client) + clients[client].input.progress.memoryUsed
            + clients[client].transaction.memoryUsed + clients[client].output.memoryUsed
            + clients.heldMemory(of: client)
            + clients[client].subscriptions.memoryUsed + clients[client].tracking.memoryUsed
            + watchedKeys * WatchedKeys.sizeOfWatch + waitingMemory(of: client)
            + growingMemory(of: client)
    }

    func inputCapacity(of client: ClientIdentifier) -> Int {
        client == current ? max(inputSize, EventLoop.inboxSize) : clients[client].input.buffer.capacity
    }

    /// What the words of a command occupy that waits.
    func waitingMemory(of client: ClientIdentifier) -> Int {
        blocked.contains(client) ? blocked[client].request.memoryUsed : 0
    }

    /// The end of the turn: counts anew who has changed, and closes the largest clients while it is too much.
    @inline(__always) mutating func evictClients() {
        if _slowPath(clients.memory.isWatched) { evictClientsNow() }
    }

    @inline(never) private mutating func evictClientsNow() {
        defer { countBesidesData() }
        let noted = clients.memory.takeNoted()
        if noted.isEmpty { return }
        for client in noted where clients.contains(client) {
            clients[client].flags.remove(.isNotedForMemory)
            clients.count(client, size: memoryUsed(by: client) + clients[client].input.memoryClaimed)
        }
        while clients.memory.isOverLimit {
            guard let client = clients.memory.largest else {
                return log.warning("Over client maxmemory after evicting all evictable clients")
            }
            let description = describe(client)
            log.notice("Evicting client: \(description)")
            clients.statistics.evictions += 1
            disconnect(client)
        }
    }
}
