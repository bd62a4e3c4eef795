// Reading a list: by number, in stretches in both directions, by content.

extension ListValue {
    /// Element number `index`, counted from 0, or nil.
    @_lifetime(borrow self)
    func element(at index: Int) -> StringValue? {
        guard index >= 0, index < count else { return nil }
        if !isLarge { return deque.element(at: deque.position(of: index)) }
        let directory = directory, (place, rest) = directory.locate(index), node = directory[place]
        return node.element(at: node.position(of: rest))
    }

    /// The elements of `range`, which must exist, from the first to the last or the other way.
    @inline(__always) func forEach(in range: Range<Int>, backwards: Bool = false, _ body: (StringValue) -> Void) {
        if range.isEmpty { return }
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        if !isLarge {
            let first = backwards ? range.upperBound : range.lowerBound
            return ListValue.forEach(in: deque, from: deque.position(of: first), count: range.count, backwards, body)
        }
        let directory = directory
        var (place, rest) = directory.locate(backwards ? range.upperBound &- 1 : range.lowerBound), left = range.count
        if backwards { rest &+= 1 }
        while true {
            let node = directory[place]
            let taken = min(left, backwards ? rest : node.count &- rest)
            ListValue.forEach(in: node, from: node.position(of: rest), count: taken, backwards, body)
            left &-= taken
            guard left > 0, let following = backwards ? directory.previous(place) : directory.next(place) else { return }
            place = following
            rest = backwards ? directory[place].count : 0
        }
    }

    /// `count` elements on one side of a position.
    @inline(__always) private static func forEach(
        in node: PackedDeque, from position: Int, count: Int, _ backwards: Bool, _ body: (StringValue) -> Void
    ) {
        var position = position, left = count
        while left > 0 {
            if backwards { position = node.previous(position) }
            body(node.element(at: position))
            if !backwards { position = node.next(position) }
            left &-= 1
        }
    }

    /// The numbers of the elements equal to `bytes` among the first (or last) `limit`, until `body` says no.
    func forEachMatch(of bytes: Bytes, backwards: Bool = false, limit: Int = .max, _ body: (Int) -> Bool) {
        let wanted = PackedElement(bytes), total = count
        if total == 0 { return }
        if !isLarge {
            _ = match(wanted, in: deque, backwards, start: backwards ? total : 0, limit: min(limit, total), body)
            return
        }
        let directory = directory
        var place = backwards ? directory.last : directory.first
        var start = backwards ? total : 0, left = min(limit, total)
        while let here = place, left > 0 {
            let node = directory[here]
            guard match(wanted, in: node, backwards, start: start, limit: left, body) else { return }
            left -= node.count
            start += backwards ? -node.count : node.count
            place = backwards ? directory.previous(here) : directory.next(here)
        }
    }

    /// False when `body` has said no.
    private func match(
        _ wanted: PackedElement, in node: PackedDeque, _ backwards: Bool, start: Int, limit: Int, _ body: (Int) -> Bool
    ) -> Bool {
        var position = backwards ? node.end : node.first, index = start, left = min(limit, node.count)
        while left > 0 {
            if backwards {
                position = node.previous(position)
                index &-= 1
            }
            if node.isEqual(wanted, at: position), !body(index) { return false }
            if !backwards {
                position = node.next(position)
                index &+= 1
            }
            left &-= 1
        }
        return true
    }

    /// The number of the first element equal to `bytes`.
    func firstIndex(of bytes: Bytes) -> Int? {
        var found: Int?
        forEachMatch(of: bytes) { index in
            found = index
            return false
        }
        return found
    }
}
