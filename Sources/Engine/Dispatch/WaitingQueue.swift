// Those who wait for one key, in the order in which they came. Whoever leaves is crossed out, and the crossed out are
// cleared away when they are the most: ten thousand may wait for one list, and each service costs the same.

/// A place in a queue; stale if the client waits no more, or again.
struct WaitingPlace {
    let client: ClientIdentifier
    /// Later places have higher tickets.
    let ticket: UInt64
    fileprivate var hasLeft = false

    init(client: ClientIdentifier, ticket: UInt64) {
        self.client = client
        self.ticket = ticket
    }
}

/// The queue of one key.
struct WaitingQueue {
    private var places: [WaitingPlace] = []
    /// Everyone before this index has left.
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ place: WaitingPlace) {
        places.append(place)
        count += 1
    }

    mutating func remove(_ ticket: UInt64) {
        let index = firstIndex(from: ticket)
        guard index < places.count, places[index].ticket == ticket, !places[index].hasLeft else { return }
        places[index].hasLeft = true
        count -= 1
        while head < places.count, places[head].hasLeft { head += 1 }
        if places.count > 32, count < places.count / 2 {
            places.removeAll { $0.hasLeft }
            head = 0
        }
    }

    /// The first place with a higher ticket.
    func next(after ticket: UInt64) -> WaitingPlace? {
        var index = head
        if index < places.count, places[index].ticket <= ticket { index = firstIndex(from: ticket + 1) }
        while index < places.count, places[index].hasLeft { index += 1 }
        return index < places.count ? places[index] : nil
    }

    /// Where the places begin whose tickets are not lower.
    private func firstIndex(from ticket: UInt64) -> Int {
        var low = head, high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].ticket < ticket { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
