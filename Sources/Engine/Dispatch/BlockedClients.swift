// Clients whose command waits for a key: what each one waits for, in which order they came, and until when. This file
// keeps the book; `Waiting.swift` makes clients wait and serves them.

/// What a client hears that has waited as long as it wanted.
enum LateAnswer {
    case nullArray
    /// WAIT: no replica.
    case none
    /// WAITAOF: neither this server nor a replica.
    case noneWritten
}

/// One command that waits.
struct WaitingCommand: ~Copyable {
    let row: Reference<CommandRow>
    /// Its words, to be run again when a key has changed.
    var request = RequestQueue()
    let keys: [(key: WaitedKey, hash: UInt64)]
    /// Only values of this kind can end the wait; nil if whatever happens to a key can.
    let kind: ValueKind?
    let lateAnswer: LateAnswer
    /// When it gives up, in milliseconds; nil for never.
    let deadline: Int64?
    /// Tells it from earlier commands of the same client.
    let ticket: UInt64
}

/// Everyone who waits.
struct BlockedClients: ~Copyable {
    typealias Place = WaitingPlace

    private var commands = SlotTable<WaitingCommand>()
    private var queues: [WaitedKey: WaitingQueue] = [:]
    /// How many wait for whatever happens to a key.
    private(set) var countOfAnyKind = 0
    private var deadlines = DeadlineHeap()
    private var nextTicket: UInt64 = 1

    var count: Int { commands.count }
    var keyCount: Int { queues.count }
    /// Of these keys, those that somebody waits for who also wants to know when they go.
    var keyCountOnMissing: Int {
        countOfAnyKind == 0 ? 0 : queues.keys.count { isWaitedForAnyhow($0) }
    }

    private func isWaitedForAnyhow(_ key: WaitedKey) -> Bool {
        var ticket: UInt64 = 0
        while let place = next(for: key, after: ticket) {
            if isCurrent(place), commands[place.client].kind == nil { return true }
            ticket = place.ticket
        }
        return false
    }

    var countWithDeadline: Int { deadlines.count }
    var nextDeadline: Int64? { deadlines.first?.moment }

    func contains(_ client: ClientIdentifier) -> Bool { commands.contains(client) }

    func isCurrent(_ place: Place) -> Bool {
        commands.contains(place.client) && commands[place.client].ticket == place.ticket
    }

    subscript(client: ClientIdentifier) -> WaitingCommand {
        @inline(__always) _read { yield commands[client] }
        @inline(__always) _modify { yield &commands[client] }
    }

    /// The client stands at the end of the queue of each key; `write` gives the words that are to be run.
    mutating func add(
        _ client: ClientIdentifier, _ row: Reference<CommandRow>, _ keys: [(key: WaitedKey, hash: UInt64)],
        _ kind: ValueKind?, _ lateAnswer: LateAnswer, until deadline: Int64?, _ write: (inout RequestQueue) -> Void
    ) {
        var command = WaitingCommand(
            row: row, keys: keys, kind: kind, lateAnswer: lateAnswer, deadline: deadline, ticket: nextTicket)
        write(&command.request)
        let place = Place(client: client, ticket: nextTicket)
        for (key, _) in keys { queues[key, default: WaitingQueue()].append(place) }
        if kind == nil { countOfAnyKind += 1 }
        if let deadline { deadlines.insert(DeadlineHeap.Item(moment: deadline, place: place)) }
        commands.insert(command, at: client)
        nextTicket += 1
    }

    /// The client waits no more. Returns the hashes of the keys that it waited for.
    mutating func remove(_ client: ClientIdentifier) -> [UInt64] {
        guard commands.contains(client) else { return [] }
        let keys = commands[client].keys, ticket = commands[client].ticket
        if commands[client].deadline != nil { deadlines.noteStale() }
        if commands[client].kind == nil { countOfAnyKind -= 1 }
        commands.remove(at: client)
        for (key, _) in keys {
            queues[key]?.remove(ticket)
            if queues[key]?.isEmpty == true { queues[key] = nil }
        }
        if deadlines.isMostlyStale {
            let current = deadlines.items.filter { isCurrent($0.place) }
            deadlines = DeadlineHeap(current)
        }
        return keys.map(\.hash)
    }

    /// The first of those who wait for the key and came later than the one with this ticket.
    func next(for key: WaitedKey, after ticket: UInt64) -> Place? { queues[key]?.next(after: ticket) }

    /// Every key that somebody waits for.
    var keys: [WaitedKey] { Array(queues.keys) }

    /// A client that has waited long enough.
    mutating func popOverdue(at now: Int64) -> ClientIdentifier? {
        while let item = deadlines.first, item.moment <= now {
            deadlines.removeFirst()
            if isCurrent(item.place) { return item.place.client }
        }
        return nil
    }
}

/// Deadlines, the earliest first: a binary heap. Places that became stale are passed over when they come up, and
/// cleared away when they are the most.
private struct DeadlineHeap {
    struct Item {
        let moment: Int64
        let place: BlockedClients.Place
    }

    private(set) var items: [Item] = []
    private var staleCount = 0

    init(_ items: [Item] = []) { self.items = items.sorted { $0.moment < $1.moment } }

    var count: Int { items.count - staleCount }
    var first: Item? { items.first }
    var isMostlyStale: Bool { staleCount > 64 && staleCount > items.count / 2 }

    mutating func noteStale() { staleCount += 1 }

    mutating func insert(_ item: Item) {
        var index = items.count
        items.append(item)
        while index > 0, items[(index - 1) / 2].moment > item.moment {
            items[index] = items[(index - 1) / 2]
            index = (index - 1) / 2
        }
        items[index] = item
    }

    mutating func removeFirst() {
        guard let last = items.popLast(), !items.isEmpty else { return }
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < items.count else { break }
            if child + 1 < items.count, items[child + 1].moment < items[child].moment { child += 1 }
            guard items[child].moment < last.moment else { break }
            items[index] = items[child]
            index = child
        }
        items[index] = last
    }
}
