// Clients whose command waits for a key: what each one waits for, in which order they came, and until when. This file
// keeps the book; `Waiting.swift` makes clients wait and serves them.

/// What a client hears that has waited as long as it wanted, and what else than a key it waits for.
enum LateAnswer {
    case nullArray
    /// WAIT: how many replicas have what was written; it wants so many.
    case acknowledged(by: Int64)
    /// WAITAOF: in how many append-only files it is; it wants it in this server's, and in those of so many replicas.
    case written(here: Bool, replicas: Int64)
    /// MIGRATE: the address of the other server, which is being looked up under this number.
    case named(Int)
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
    /// When it gives up; nil for never.
    let end: Int64?
    /// When it gives up or looks again, as the wheel has it.
    var deadline: WaitDeadline?
    /// Tells it from earlier commands of the same client.
    let ticket: UInt64

    /// What a key that is waited for takes besides its name, roughly: here and in the table of queues.
    private static let sizeOfKey = 160

    var memoryUsed: Int {
        let names = keys.reduce(0) { $0 + WaitingCommand.sizeOfKey + 2 * $1.key.key.count }
        return MemoryLayout<WaitingCommand>.size + request.memoryUsed + names
    }
}

/// Everyone who waits.
struct BlockedClients: ~Copyable {
    typealias Place = WaitingPlace

    private var commands = SlotTable<WaitingCommand>()
    private var queues: [WaitedKey: WaitingQueue] = [:]
    /// How many wait for whatever happens to a key.
    private(set) var countOfAnyKind = 0
    /// Who waits for nothing that happens to a key.
    private var keyless: Set<ClientIdentifier> = []
    /// What the wheel and its items occupy is no data, and has a heap of its own.
    private let heap = Heap(seed: 0)
    private var deadlines: TimingWheel<WaitDeadline>
    private var nextTicket: UInt64 = 1

    init(now: Int64) { deadlines = TimingWheel(now: now, in: heap) }

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
    /// When `popOverdue` has something to do; nil for never.
    var nextDeadline: Int64? { deadlines.count == 0 ? nil : deadlines.nextEvent }

    func contains(_ client: ClientIdentifier) -> Bool { commands.contains(client) }

    func isCurrent(_ place: Place) -> Bool {
        commands.contains(place.client) && commands[place.client].ticket == place.ticket
    }

    subscript(client: ClientIdentifier) -> WaitingCommand {
        @inline(__always) _read { yield commands[client] }
        @inline(__always) _modify { yield &commands[client] }
    }

    /// The client stands at the end of the queue of each key; `write` gives the words that are to be run. It is `now`.
    mutating func add(
        _ client: ClientIdentifier, _ row: Reference<CommandRow>, _ keys: [(key: WaitedKey, hash: UInt64)],
        _ kind: ValueKind?, _ lateAnswer: LateAnswer, until moment: Int64?, now: Int64,
        _ write: (inout RequestQueue) -> Void
    ) {
        let deadline = moment.map { WaitDeadline($0, of: client, in: heap) }
        if let deadline { deadlines.insert(deadline, at: now) }
        var command = WaitingCommand(
            row: row, keys: keys, kind: kind, lateAnswer: lateAnswer, end: moment, deadline: deadline,
            ticket: nextTicket)
        write(&command.request)
        let place = Place(client: client, ticket: nextTicket)
        for (key, _) in keys { queues[key, default: WaitingQueue()].append(place) }
        if kind == nil { countOfAnyKind += 1 }
        if keys.isEmpty { keyless.insert(client) }
        commands.insert(command, at: client)
        nextTicket += 1
    }

    /// At this moment the client's command is to be run again, unless it gives up before; nil for never.
    mutating func lookAgain(_ client: ClientIdentifier, at moment: Int64?, now: Int64) {
        let end = commands[client].end, next = moment.map { min($0, end ?? .max) } ?? end
        let present = commands[client].deadline
        if present?.deadline == next { return }
        if let present {
            deadlines.remove(present)
            present.free(to: heap)
        }
        let deadline = next.map { WaitDeadline($0, of: client, in: heap) }
        if let deadline { deadlines.insert(deadline, at: now) }
        commands[client].deadline = deadline
    }

    /// The client has waited as long as it wanted.
    func isOver(_ client: ClientIdentifier, at now: Int64) -> Bool { commands[client].end.map { $0 <= now } ?? false }

    /// The client waits no more. Returns the hashes of the keys that it waited for.
    mutating func remove(_ client: ClientIdentifier) -> [UInt64] {
        guard commands.contains(client) else { return [] }
        let keys = commands[client].keys, ticket = commands[client].ticket
        if let deadline = commands[client].deadline {
            deadlines.remove(deadline)
            deadline.free(to: heap)
        }
        if commands[client].kind == nil { countOfAnyKind -= 1 }
        if keys.isEmpty { keyless.remove(client) }
        commands.remove(at: client)
        for (key, _) in keys {
            queues[key]?.remove(ticket)
            if queues[key]?.isEmpty == true { queues[key] = nil }
        }
        return keys.map(\.hash)
    }

    /// Whether anybody waits for replicas or the append-only file.
    var hasKeyless: Bool { !keyless.isEmpty }
    /// Those who do, in an order that is the same wherever the same has happened.
    var allKeyless: [ClientIdentifier] { keyless.sorted() }

    /// The first of those who wait for the key and came later than the one with this ticket.
    func next(for key: WaitedKey, after ticket: UInt64) -> Place? { queues[key]?.next(after: ticket) }

    /// Every key that somebody waits for.
    var keys: [WaitedKey] { Array(queues.keys) }

    /// A client that has waited long enough at `now`. The wheel has it no more; the wait ends when it is removed.
    mutating func popOverdue(at now: Int64) -> ClientIdentifier? {
        guard deadlines.isBehind(now) else { return nil }
        var budget = Int.max
        guard let item = deadlines.popDue(at: now, budget: &budget) else { return nil }
        let client = item.client
        commands[client].deadline = nil
        item.free(to: heap)
        return client
    }
}

/// When a client gives up, as the timing wheel keeps it.
/// Ownership rule: an address, not an owner; `BlockedClients` frees it when the wait ends.
struct WaitDeadline: WheelItem {
    private let record: WordRecord

    init(_ moment: Int64, of client: ClientIdentifier, in heap: Heap) {
        record = WordRecord(words: 3, in: heap)
        record[signed: 0] = moment
        record[signed: 2] = Int64(client)
    }

    func free(to heap: Heap) { record.free(to: heap) }

    var deadline: Int64 { record[signed: 0] }
    var wheelIndex: UInt32 {
        get { UInt32(truncatingIfNeeded: record[1]) }
        nonmutating set { record[1] = UInt64(newValue) }
    }
    var client: ClientIdentifier { ClientIdentifier(record[signed: 2]) }

    static func == (left: WaitDeadline, right: WaitDeadline) -> Bool { left.record.word == right.record.word }
}
