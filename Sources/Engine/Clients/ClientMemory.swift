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
    /// What all clients together occupied when they were last counted, with what they had announced.
    private(set) var total = 0
    /// Of that, what had only been announced: it counts for the limit of clients, and occupies nothing.
    private(set) var claimed = 0
    /// Clients to be counted anew.
    private(set) var noted: [ClientIdentifier] = []
    /// Those that may go, by size.
    private var buckets = [[ClientIdentifier]](repeating: [], count: bucketCount)

    var isLimited: Bool { limit != nil }
    /// What all clients occupied when they were last counted.
    var held: Int { total &- claimed }
    var isOverLimit: Bool { limit.map { total >= $0 } ?? false }

    /// From now on clients are counted; with this limit, if there is one.
    mutating func watch(limit: Int?) {
        isWatched = true
        self.limit = limit
    }

    mutating func note(_ client: ClientIdentifier) { noted.append(client) }

    /// They have been counted.
    mutating func forgetNoted() { noted.removeAll(keepingCapacity: noted.count < 1024) }

    /// Nothing is counted any more.
    mutating func reset() { self = ClientMemory() }

    fileprivate static func bucket(_ size: Int) -> Int {
        let exponent = Int.bitWidth - 1 - max(size, 1).leadingZeroBitCount
        return min(max(exponent - smallestBucket, 0), bucketCount - 1)
    }

    /// Replaces what was counted for a client.
    fileprivate mutating func count(_ counted: CountedMemory, insteadOf earlier: CountedMemory) {
        total += counted.size - earlier.size
        claimed += counted.claimed - earlier.claimed
    }

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

    /// The buckets: from and up to which size, and who stands in them.
    func forEachBucket(_ body: (_ sizes: Range<Int>, _ clients: [ClientIdentifier]) -> Void) {
        for (index, clients) in buckets.enumerated() {
            let exponent = index + ClientMemory.smallestBucket
            body(
                (index == 0 ? 0 : 1 << exponent)..<(index == ClientMemory.bucketCount - 1 ? .max : 2 << exponent),
                clients)
        }
    }
}

/// What was counted for one client.
struct CountedMemory {
    /// With what is announced.
    var size = 0
    var claimed = 0
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

    /// Counts the client with this size instead of the one before; `claimed` is announced besides.
    fileprivate mutating func count(_ client: ClientIdentifier, size: Int, claimed: Int) {
        let mayGo = self[client].flags.isDisjoint(with: [.isKeptFromEviction, .isReplica])
        let known = self[client].counted
        // Nearly all are as they were.
        if known.size == size + claimed, known.claimed == claimed, (known.place != nil) == mayGo { return }
        leaveBucket(client)
        var counted = CountedMemory(size: size + claimed, claimed: claimed)
        memory.count(counted, insteadOf: self[client].counted)
        if mayGo { counted.place = memory.enter(client, counted.size) }
        self[client].counted = counted
    }

    /// The client goes, and with it what was counted.
    mutating func forgetMemory(of client: ClientIdentifier) {
        leaveBucket(client)
        memory.count(CountedMemory(), insteadOf: self[client].counted)
        self[client].counted = CountedMemory()
    }

    private mutating func leaveBucket(_ client: ClientIdentifier) {
        guard let place = self[client].counted.place else { return }
        self[client].counted.place = nil
        if let moved = memory.leave(place, self[client].counted.size) { self[moved].counted.place = place }
    }
}

extension CommandContext {
    /// Bytes that the client occupies; the one that is served has the inbox on loan.
    func memoryUsed(by client: ClientIdentifier) -> Int {
        let loan = client == current ? inputCapacity(of: client) &- clients[client].input.buffer.capacity : 0
        return memoryOwned(by: client) + loan
    }

    /// Bytes that the client occupies whether or not it is served.
    func memoryOwned(by client: ClientIdentifier) -> Int {
        let watched = clients[client].transaction.isOpen || !keyspace.feed.watchedKeys.isEmpty
        let watchedKeys = watched ? keyspace.feed.watchedKeys.count(of: client) : 0
        return ClientTable.sizeOfClient + clients[client].input.buffer.capacity
            + clients[client].input.progress.memoryUsed
            + clients[client].transaction.memoryUsed + clients[client].output.memoryUsed
            + clients.heldMemory(of: client)
            + clients[client].subscriptions.memoryUsed + clients[client].tracking.memoryUsed
            + watchedKeys * WatchedKeys.sizeOfWatch + (blocked.contains(client) ? blocked[client].memoryUsed : 0)
            + growingMemory(of: client)
    }

    /// What counts as occupied by clients; what waits for a replica is a part of its own.
    func memoryCounted(by client: ClientIdentifier) -> Int {
        clients[client].flags.contains(.isReplica) ? ClientTable.sizeOfClient : memoryOwned(by: client)
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

    /// Counts anew who may occupy more or less than before.
    mutating func countNotedClients() {
        guard !clients.memory.noted.isEmpty else { return }
        for index in 0..<clients.memory.noted.count {
            let client = clients.memory.noted[index]
            guard clients.contains(client) else { continue }
            clients[client].flags.remove(.isNotedForMemory)
            clients.count(client, size: memoryCounted(by: client), claimed: clients[client].input.memoryClaimed)
        }
        clients.memory.forgetNoted()
    }

    @inline(never) private mutating func evictClientsNow() {
        countNotedClients()
        countBesidesData()
        let most = account.mostBesidesData.map { clients.memory.total &- (account.besidesData &- $0) }
        guard clients.memory.isOverLimit || most != nil else { return }
        defer { countBesidesData() }
        while clients.memory.isOverLimit || most.map({ clients.memory.total > $0 }) == true {
            guard let client = clients.memory.largest else {
                return log.warning("Over client maxmemory after evicting all evictable clients")
            }
            let description = describe(client)
            log.notice("Evicting client: \(description)")
            clients.statistics.evictions += 1
            disconnect(client)
        }
    }

    /// DEBUG CLIENT-EVICTION: the buckets, a line for each, as Redis shows its own; nil if clients have no limit.
    func clientEvictionReport() -> String? {
        guard clients.memory.isLimited else { return nil }
        func padded(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: " ", count: max(0, 10 - digits.utf8.count)) + digits
        }
        var text = ""
        clients.memory.forEachBucket { sizes, members in
            let sum = members.reduce(0) { $0 + clients[$1].counted.size }
            let end = sizes.upperBound == .max ? "+            : " : " - \(padded(sizes.upperBound - 1)): "
            text += "bucket \(padded(sizes.lowerBound))\(end)tot-mem: \(padded(sum)), clients: \(members.count)\n"
        }
        return text
    }
}
