// Intersection, union and difference of several sets, in the order of members that Redis gives them. The sets are the
// keyspace's and stay as they are meanwhile; what comes out is a new one.

/// Sets to be combined; a missing one counts as empty.
struct SetOperands {
    /// Words of the sets; nil for one that is missing.
    private var words: [UInt64?] = []
    private let heap: Heap

    init(heap: Heap, expecting count: Int) {
        self.heap = heap
        words.reserveCapacity(min(count, 1024))
    }

    /// The value must stay where it is as long as this is used.
    mutating func append(_ word: UInt64?) { words.append(word) }

    @_lifetime(immortal)
    private func set(_ index: Int) -> SetValue? {
        guard let word = words[index] else { return nil }
        return SetValue(word: word, heap: heap)
    }

    private func count(_ word: UInt64?) -> Int {
        guard let word else { return 0 }
        return SetValue(word: word, heap: heap).count
    }

    // MARK: Intersection

    /// Shows `body` each member that is in all sets, up to `limit` of them; how many there were.
    func forEachInAll(limit: Int = .max, _ body: (StringValue) -> Void) -> Int {
        if words.isEmpty || words.contains(where: { $0 == nil }) { return 0 }
        var sorted = self
        sorted.words.sort { count($0) < count($1) }
        guard let smallest = sorted.set(0) else { return 0 }
        var found = 0
        smallest.forEach { member in
            if found < limit, sorted.isInOthers(member) {
                body(member)
                found += 1
            }
        }
        return found
    }

    /// Whether a member of the first set is in the others.
    private func isInOthers(_ member: StringValue) -> Bool {
        for index in 1..<words.count where words[index] != words[0] {
            if set(index)?.contains(member) != true { return false }
        }
        return true
    }

    /// The members that are in all sets.
    @_lifetime(immortal)
    func intersection() -> SetValue {
        guard let smallest = words.min(by: { count($0) < count($1) }) ?? nil else { return .empty(in: heap) }
        var result = SetValue.emptyList(in: heap)
        if case .integers = SetValue(word: smallest, heap: heap).form { result.become(.integers(IntegerSet(in: heap))) }
        _ = forEachInAll { result.insert($0) }
        result.makeIntegersIfPossible()
        return result
    }

    // MARK: Union and difference

    /// The members that are in any set.
    @_lifetime(immortal)
    func union() -> SetValue {
        var result = SetValue.empty(in: heap)
        for index in words.indices { set(index)?.forEach { result.insert($0) } }
        return result
    }

    /// The members of the first set that are in no other.
    @_lifetime(immortal)
    func difference() -> SetValue {
        guard let first = set(0), !words.dropFirst().contains(words[0]) else { return .empty(in: heap) }
        let others = words.dropFirst().filter { $0 != nil }
        // Looking up each member in each set has less to do if they have members in common.
        let lookups = first.count.multipliedReportingOverflow(by: others.count + 1)
        let members = others.reduce(first.count) { $0 + count($1) }
        if lookups.overflow || lookups.partialValue / 2 > members { return removing(others, from: first) }
        return keeping(first, notIn: others)
    }

    @_lifetime(immortal)
    private func keeping(_ first: SetValue, notIn others: [UInt64?]) -> SetValue {
        var result = SetValue.empty(in: heap)
        var sorted = SetOperands(heap: heap, expecting: 0)
        sorted.words = others.sorted { count($0) > count($1) }
        first.forEach { member in
            for index in sorted.words.indices where sorted.set(index)?.contains(member) == true { return }
            result.insert(member)
        }
        return result
    }

    @_lifetime(immortal)
    private func removing(_ others: [UInt64?], from first: SetValue) -> SetValue {
        var result = SetValue.empty(in: heap)
        first.forEach { result.insert($0) }
        for word in others where result.count > 0 {
            if let word { SetValue(word: word, heap: heap).forEach { result.remove($0) } }
        }
        return result
    }
}
