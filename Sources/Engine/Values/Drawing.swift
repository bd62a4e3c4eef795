// Elements drawn by chance again and again, as often as a client asks for: HRANDFIELD, SRANDMEMBER and ZRANDMEMBER with
// a negative count. A packed list knows no ranks, so who draws often looks once where its elements are.

/// Where the elements of a packed list, or packed pairs, are, for those who draw from it.
private struct DrawnPlaces {
    private var places: [Int] = []

    /// Every second element if `pairs`: the others belong to those before.
    init(in list: PackedList, pairs: Bool) {
        places.reserveCapacity(list.count)
        var position = list.first
        while position < list.end {
            places.append(position)
            position = list.skip(pairs ? 2 : 1, from: position)
        }
    }

    init(in pairs: PackedPairs) {
        places.reserveCapacity(pairs.count)
        var position = pairs.first
        while position < pairs.end {
            places.append(position)
            position = pairs.next(position)
        }
    }

    /// From so many draws on it is worth while.
    static let fewest = 4

    func draw(_ heap: Heap) -> Int { places[heap.random(below: places.count)] }
}

extension HashValue {
    /// `count` times a field by chance; the hash must not be empty.
    func draw<Failure: Error>(
        _ count: Int, _ body: (HashElement) throws(Failure) -> Void
    ) throws(Failure) {
        guard count >= DrawnPlaces.fewest, !isTimed, case .packed(let pairs) = form else {
            for _ in 0..<count { try body(randomElement()) }
            return
        }
        let places = DrawnPlaces(in: pairs)
        for _ in 0..<count {
            let position = places.draw(heap)
            try body(HashElement(pairs.field(at: position), pairs.value(at: position)))
        }
    }
}

extension SetValue {
    /// `count` times a member by chance; the set must not be empty.
    func draw<Failure: Error>(
        _ count: Int, _ body: (StringValue) throws(Failure) -> Void
    ) throws(Failure) {
        guard count >= DrawnPlaces.fewest, case .packed(let list) = form else {
            for _ in 0..<count { try body(randomMember()) }
            return
        }
        let places = DrawnPlaces(in: list, pairs: false)
        for _ in 0..<count { try body(list.element(at: places.draw(heap))) }
    }
}

extension SortedSetValue {
    /// `count` times a member by chance; the sorted set must not be empty.
    func draw<Failure: Error>(
        _ count: Int, _ body: (StringValue, Double) throws(Failure) -> Void
    ) throws(Failure) {
        if isLarge {
            let table = table
            for _ in 0..<count { if let item = table.randomItem() { try body(.bytes(item.member), item.score) } }
            return
        }
        let places = DrawnPlaces(in: list, pairs: true)
        for _ in 0..<count {
            let position = places.draw(heap)
            try body(list.element(at: position), list.score(at: list.next(position)))
        }
    }
}
