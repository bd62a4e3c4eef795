// Who listens to which name: channels in one table, patterns in another. A name has a number for as long as somebody
// listens to it; clients remember their subscriptions by number. Looking a name up allocates nothing.

/// One channel or pattern that somebody listens to.
struct SubscribedName: ~Copyable {
    let name: Buffer
    let hash: UInt64
    var subscribers: [ClientIdentifier] = []
}

/// Names and their subscribers.
struct SubscriptionTable: ~Copyable {
    /// The number of a name that has subscribers.
    typealias Number = Int

    private static let vacant: UInt64 = 0

    private var names = SlotTable<SubscribedName>()
    private var freeNumbers: [Number] = []
    /// Numbers ever given out; all below it are in use or free.
    private(set) var endOfNumbers = 0
    /// Open addressing: the upper half of the hash and, below it, the number plus one.
    private var places = [UInt64](repeating: vacant, count: 16)
    private let hash: KeyHash

    init(hash: KeyHash) { self.hash = hash }

    var count: Int { names.count }
    var isEmpty: Bool { names.count == 0 }

    /// What names and their lists of subscribers occupy, roughly.
    var memoryUsed: Int { places.count * 8 + sizeOfNames }
    private var sizeOfNames = 0
    private static let sizeOfName = 96

    func contains(_ number: Number) -> Bool { names.contains(number) }

    /// Whether there is a name of this number, and it is a pattern that matches a channel.
    func isPattern(_ number: Number, for channel: Bytes) -> Bool {
        contains(number) && GlobPattern(self[number].name.contents).matches(channel)
    }

    subscript(number: Number) -> SubscribedName {
        @inline(__always) _read { yield names[number] }
    }

    /// The number of `name`, if somebody listens to it.
    func find(_ name: Bytes) -> Number? {
        let hash = hash(name)
        var place = self.place(hash)
        while places[place] != SubscriptionTable.vacant {
            if places[place] >> 32 == hash >> 32 {
                let number = SubscriptionTable.number(places[place])
                if names[number].name.contents == name { return number }
            }
            place = (place &+ 1) & (places.count &- 1)
        }
        return nil
    }

    /// How many listen to `name`.
    func subscriberCount(of name: Bytes) -> Int { find(name).map { names[$0].subscribers.count } ?? 0 }

    /// Every name that somebody listens to.
    func forEachName(_ body: (Bytes) -> Void) {
        for number in 0..<endOfNumbers where names.contains(number) { body(names[number].name.contents) }
    }

    /// Adds a subscriber, who must not be one already.
    mutating func add(_ client: ClientIdentifier, to number: Number) {
        let capacity = names[number].subscribers.capacity
        names[number].subscribers.append(client)
        sizeOfNames += (names[number].subscribers.capacity - capacity) * 8
    }

    /// The number of `name`, which is given one if it has none.
    mutating func number(for name: Bytes) -> Number {
        if let number = find(name) { return number }
        if (count + 1) * 2 > places.count { grow() }
        let number = freeNumbers.popLast() ?? endOfNumbers
        endOfNumbers = max(endOfNumbers, number + 1)
        var copy = Buffer(capacity: name.count)
        copy.append(name)
        let hash = hash(name)
        sizeOfNames += SubscriptionTable.sizeOfName + copy.capacity
        names.insert(SubscribedName(name: copy, hash: hash), at: number)
        enter(number, hash)
        return number
    }

    /// Removes a subscriber; a name without subscribers is forgotten.
    mutating func remove(_ client: ClientIdentifier, from number: Number) {
        guard let index = names[number].subscribers.lastIndex(of: client) else { return }
        names[number].subscribers.swapAt(index, names[number].subscribers.count - 1)
        names[number].subscribers.removeLast()
        if names[number].subscribers.isEmpty { forget(number) }
    }

    private mutating func forget(_ number: Number) {
        erasePlace(of: number)
        sizeOfNames -= SubscriptionTable.sizeOfName + names[number].name.capacity
        sizeOfNames -= names[number].subscribers.capacity * 8
        names.remove(at: number)
        freeNumbers.append(number)
    }

    // MARK: Places

    private func place(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & (places.count &- 1) }

    private static func number(_ place: UInt64) -> Number { Int(place & 0xFFFF_FFFF) &- 1 }

    private mutating func enter(_ number: Number, _ hash: UInt64) {
        var place = self.place(hash)
        while places[place] != SubscriptionTable.vacant { place = (place &+ 1) & (places.count &- 1) }
        places[place] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(number + 1)
    }

    /// Closes the gap, so that a search never passes a vacant place on its way.
    private mutating func erasePlace(of number: Number) {
        var gap = place(names[number].hash)
        while SubscriptionTable.number(places[gap]) != number { gap = (gap &+ 1) & (places.count &- 1) }
        var place = gap
        while true {
            place = (place &+ 1) & (places.count &- 1)
            if places[place] == SubscriptionTable.vacant { break }
            let home = self.place(places[place])
            let distanceFromHome = (place &- home) & (places.count &- 1)
            if distanceFromHome >= (place &- gap) & (places.count &- 1) {
                places[gap] = places[place]
                gap = place
            }
        }
        places[gap] = SubscriptionTable.vacant
    }

    private mutating func grow() {
        let enlarged = places.count * 2
        places = [UInt64](repeating: SubscriptionTable.vacant, count: enlarged)
        for number in 0..<endOfNumbers where names.contains(number) { enter(number, names[number].hash) }
    }

    /// For tests: every name is found, has its subscribers once each, and nothing else is in the table.
    func checkInvariants() {
        var found = 0, size = 0
        for number in 0..<endOfNumbers where names.contains(number) {
            found += 1
            size += SubscriptionTable.sizeOfName + names[number].name.capacity
            size += names[number].subscribers.capacity * 8
            let matching = find(names[number].name.contents)
            precondition(matching == number, "a name is not found")
            let subscribers = names[number].subscribers
            precondition(!subscribers.isEmpty, "a name without subscribers")
            precondition(Set(subscribers).count == subscribers.count, "a subscriber twice")
        }
        precondition(found == count && places.count { $0 != SubscriptionTable.vacant } == count, "a name too many")
        precondition(size == sizeOfNames, "what names occupy is miscounted")
        precondition(freeNumbers.count + count == endOfNumbers, "a number is lost")
    }
}
