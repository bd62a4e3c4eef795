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
        var cursor = cursor(in: range, backwards: backwards)
        while let element = cursor.next() { body(element) }
    }

    /// Where to begin with the elements of `range`, which must exist and not be empty.
    func cursor(in range: Range<Int>, backwards: Bool) -> ListCursor {
        precondition(range.lowerBound >= 0 && range.upperBound <= count && !range.isEmpty)
        let index = backwards ? range.upperBound &- 1 : range.lowerBound
        guard isLarge else { return ListCursor(deque, index, count: range.count, backwards, nil) }
        let directory = directory, (place, rest) = directory.locate(index)
        return ListCursor(directory[place], rest, count: range.count, backwards, (directory, place))
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

/// A way through a list, in one of the two directions; ends at its next change.
struct ListCursor {
    private var node: PackedDeque
    private var position: Int
    private var leftInNode: Int
    private var left: Int
    private let backwards: Bool
    private var home: (directory: PackedDirectory, place: PackedDirectory.Place)?

    /// Begins with element number `index` of a node, and goes through `count` elements.
    init(
        _ node: PackedDeque, _ index: Int, count: Int, _ backwards: Bool,
        _ home: (directory: PackedDirectory, place: PackedDirectory.Place)?
    ) {
        self.node = node
        self.backwards = backwards
        self.home = home
        left = count
        leftInNode = backwards ? index &+ 1 : node.count &- index
        position = node.position(of: backwards ? index &+ 1 : index)
    }

    @_lifetime(immortal)
    @inline(__always) mutating func next() -> StringValue? {
        if left == 0 { return nil }
        if _slowPath(leftInNode == 0) { enterNextNode() }
        left &-= 1
        leftInNode &-= 1
        if backwards {
            position = node.previous(position)
            return node.element(at: position)
        }
        let here = position
        position = node.next(here)
        return node.element(at: here)
    }

    @inline(never) private mutating func enterNextNode() {
        guard let home, let place = backwards ? home.directory.previous(home.place) : home.directory.next(home.place)
        else {
            preconditionFailure("a list ends before its count")
        }
        self.home = (home.directory, place)
        node = home.directory[place]
        leftInNode = node.count
        position = backwards ? node.end : node.first
    }
}
