// Going through a set: all of it, a stretch for SCAN, and members by chance, which may leave it on the way.

extension SetValue {
    /// Every member once.
    @inline(__always) func forEach(_ body: (StringValue) -> Void) {
        switch form {
        case .integers(let integers): integers.forEach { body(.integer($0)) }
        case .packed(let list):
            var position = list.first
            let end = list.end
            while position < end {
                body(list.element(at: position))
                position = list.next(position)
            }
        case .table(let table): table.forEach { body(.bytes($0.member)) }
        }
    }

    /// A part of what `forEach` shows, in its order: from `place` on, which begins as 0, until about `limit` members
    /// have been shown. Moves `place` behind them and answers how many they were; a packed set shows all at once. The
    /// set must stay as it is from the first part to the last.
    @inline(__always) func forEach(from place: inout Int, limit: Int, _ body: (StringValue) -> Void) -> Int {
        switch form {
        case .table(let table): return table.forEach(from: &place, limit: limit) { body(.bytes($0.member)) }
        case .packed:
            forEach(body)
            return count
        case .integers(let integers):
            let end = min(place &+ limit, integers.count)
            defer { place = end }
            for index in place..<end { body(.integer(integers[index])) }
            return end &- place
        }
    }

    /// About `count` members from `cursor` on, and the cursor of the rest; a small set shows all at once.
    func scan(_ cursor: UInt64, count: Int, _ body: (StringValue) -> Void) -> UInt64 {
        guard case .table(let table) = form else {
            forEach(body)
            return 0
        }
        return table.scan(cursor, count: count) { body(.bytes($0.member)) }
    }

    /// A member by chance; the set must not be empty.
    @_lifetime(copy self)
    func randomMember() -> StringValue {
        switch form {
        case .integers(let integers): return .integer(integers[heap.random(below: integers.count)])
        case .packed(let list): return list.element(at: list.position(of: heap.random(below: list.count)))
        case .table(let table):
            guard let item = table.randomItem() else { preconditionFailure("a set without members") }
            return .bytes(item.member)
        }
    }

    /// `count` different members by chance; all of them if there are fewer.
    func sample(_ count: Int, _ body: (StringValue) -> Void) {
        if case .table(let table) = form { return table.sample(count) { body(.bytes($0.member)) } }
        var choice = Choice(of: count, from: self.count, heap)
        forEach { if choice.next() { body($0) } }
    }

    /// Takes a member out by chance, after `body` has seen it; the set must not be empty.
    @_lifetime(self: copy self)
    @inline(__always) mutating func removeRandom(_ body: (StringValue) -> Void) {
        switch form {
        case .table(let table): SetValue.removeRandom(from: table, body)
        case .packed(var list):
            let position = list.position(of: heap.random(below: list.count))
            body(list.element(at: position))
            list.remove(at: position, in: heap)
            adopt(.packed(list))
        case .integers(var integers):
            let index = heap.random(below: integers.count)
            body(.integer(integers[index]))
            integers.remove(at: index, in: heap)
            adopt(.integers(integers))
        }
    }

    @inline(__always)
    private static func removeRandom(from table: HashTable<SetMember>, _ body: (StringValue) -> Void) {
        guard let place = table.randomPlace() else { preconditionFailure("a set without members") }
        let member = place.item.member, hash = table.heap.hash(member)
        body(.bytes(member))
        if _slowPath(table.heap.isSaving) { keep(place, hash, of: table) }
        table.remove(place, hash).free(to: table.heap)
    }

    /// Takes `removed` members out by chance, after `body` has seen each; there must be more than that.
    @_lifetime(self: copy self)
    mutating func removeRandom(_ removed: Int, _ body: (StringValue) -> Void) {
        precondition(removed < count)
        switch form {
        case .table(let table):
            // Far more than half: it is quicker to move those that stay, which then are in the small form.
            let kept = count - removed
            if kept * 5 <= removed, kept <= SetValue.mostMoved { return keepRandom(kept, of: table, body) }
            if removed >= max(1000, count / 16), !heap.isSaving {
                var choice = Choice(of: removed, from: count, heap)
                return table.remove { member in
                    guard choice.next() else { return false }
                    body(.bytes(member.member))
                    return true
                }
            }
            for _ in 0..<removed { SetValue.removeRandom(from: table, body) }
        case .packed(let list):
            var choice = Choice(of: removed, from: count, heap), kept = PackedList(in: heap)
            list.forEach { member in
                if choice.next() { body(member) } else { kept.insert(PackedElement(member), at: kept.end, in: heap) }
            }
            become(.packed(kept))
        case .integers(let integers):
            var choice = Choice(of: removed, from: count, heap), kept = IntegerSet(in: heap)
            integers.forEach { if choice.next() { body(.integer($0)) } else { _ = kept.insert($0, in: heap) } }
            become(.integers(kept))
        }
    }

    /// More members that stay are not moved.
    private static let mostMoved = 4096

    @_lifetime(self: copy self)
    private mutating func keepRandom(_ keptCount: Int, of table: HashTable<SetMember>, _ body: (StringValue) -> Void) {
        var kept = SetValue.emptyList(in: heap)
        for _ in 0..<keptCount { SetValue.removeRandom(from: table) { kept.insert($0) } }
        forEach(body)
        become(kept.form)
    }
}

/// A choice of some from a known number, each with the same chance, made one by one.
private struct Choice {
    private var wanted: Int
    private var left: Int
    private let heap: Heap

    init(of wanted: Int, from count: Int, _ heap: Heap) {
        self.wanted = min(wanted, count)
        left = count
        self.heap = heap
    }

    /// Whether the next one is chosen.
    mutating func next() -> Bool {
        guard wanted > 0 else { return false }
        let isChosen = heap.random(below: left) < wanted
        left -= 1
        if isChosen { wanted -= 1 }
        return isChosen
    }
}
