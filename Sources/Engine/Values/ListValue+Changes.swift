// Changing a list. Bytes given are copied in; they must not be a view of the same list.
// A large list inserts as Redis's quicklist does: into a node with room, else a neighbour with room, else a new node,
// else by splitting the node and joining what then fits together.

extension ListValue {
    // MARK: Ends

    /// Adds an element at one end; `prepare` comes before.
    @_lifetime(self: copy self)
    @inline(__always) mutating func push(_ bytes: Bytes, at end: End) {
        let element = PackedElement(bytes)
        if isLarge { return pushLarge(element, bytes.count, end) }
        if word == 0 { return become(PackedDeque(element, in: heap)) }
        var deque = deque
        if end == .tail { deque.append(element, in: heap) } else { deque.prepend(element, in: heap) }
        become(deque)
    }

    @_lifetime(self: copy self)
    private mutating func pushLarge(_ element: PackedElement, _ size: Int, _ end: End) {
        var directory = directory
        if let place = end == .tail ? directory.last : directory.first, hasRoom(directory[place], for: size) {
            directory.willChange(place)
            var node = directory[place]
            if end == .tail { node.append(element, in: heap) } else { node.prepend(element, in: heap) }
            directory.set(node, at: place)
        } else {
            pushNode(element, end, &directory)
        }
        become(directory)
    }

    /// The node at the end is full, and stays as it is; a new one gets all the room that it is going to need.
    @inline(never) private func pushNode(_ element: PackedElement, _ end: End, _ directory: inout PackedDirectory) {
        if let place = end == .tail ? directory.last : directory.first {
            directory.willChange(place)
            var full = directory[place]
            full.trim(in: heap)
            directory.set(full, at: place)
        }
        let node = PackedDeque(element, in: heap, size: usualNodeSize, growsAtBeginning: end == .head)
        if end == .tail { directory.append(node) } else { directory.prepend(node) }
    }

    /// The element at one end, or nil.
    @_lifetime(borrow self)
    @inline(__always) func element(at end: End) -> StringValue? {
        if word == 0 { return nil }
        let node: PackedDeque
        if isLarge {
            guard let place = end == .tail ? directory.last : directory.first else { return nil }
            node = directory[place]
        } else {
            node = deque
        }
        return node.element(at: end == .tail ? node.previous(node.end) : node.first)
    }

    /// Removes the elements of `range`, which must exist.
    @_lifetime(self: copy self)
    mutating func remove(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        if range.isEmpty { return }
        if !isLarge {
            var deque = deque
            remove(range.count, from: range.lowerBound, in: &deque)
            return deque.count > 0 ? become(deque) : becomeEmpty(freeing: deque)
        }
        var directory = directory
        remove(range, from: &directory, leaving: nil)
        become(directory)
    }

    /// Removes the elements of `range`, which must exist. Whole segments of a large list are not freed: they are
    /// answered as a list of their own, for the caller to give back.
    @_lifetime(self: copy self)
    mutating func detach(_ range: Range<Int>) -> UInt64? {
        guard isLarge, !heap.isSaving, range.count > 256 else {
            remove(range)
            return nil
        }
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        var directory = directory
        let detached = PackedDirectory(heap: heap).word
        let rest = remove(range, from: &directory, leaving: detached) ?? detached
        become(directory)
        return rest | 1
    }

    /// Whole segments go to the directory `other`, if there is one, whose new word is answered.
    @discardableResult
    private func remove(_ range: Range<Int>, from directory: inout PackedDirectory, leaving other: UInt64?) -> UInt64? {
        var left = range.count, other = other.map { PackedDirectory(word: $0, heap: heap) }
        while left > 0 {
            let (place, rest) = directory.locate(range.lowerBound)
            var node = directory[place]
            if other != nil, rest == 0, place.node == 0, directory.top.elements(place.segment) <= left {
                left -= directory.top.elements(place.segment)
                directory.moveSegment(place.segment, to: &other)
                continue
            }
            let removed = min(left, node.count - rest)
            left -= removed
            if removed < node.count {
                directory.willChange(place)
                remove(removed, from: rest, in: &node)
                directory.set(node, at: place)
            } else {
                if !directory.handOver(place) { node.free(to: heap) }
                directory.remove(at: place)
            }
        }
        return other?.word
    }

    private func remove(_ removed: Int, from index: Int, in node: inout PackedDeque) {
        if index + removed == node.count {
            node.removeLast(removed, in: heap)
        } else {
            node.remove(removed, at: node.position(of: index), in: heap)
        }
    }

    // MARK: Anywhere

    /// Gives element number `index`, which must exist, another content.
    @_lifetime(self: copy self)
    mutating func set(_ index: Int, to bytes: Bytes) {
        let element = PackedElement(bytes)
        if !isLarge {
            var deque = deque
            deque.replace(at: deque.position(of: index), with: element, in: heap)
            return become(deque)
        }
        let directory = directory, (place, rest) = directory.locate(index)
        var node = directory[place]
        if node.count == 1 || node.listpackSize + bytes.count < ListValue.hugeSize {
            directory.willChange(place)
            node.replace(at: node.position(of: rest), with: element, in: heap)
            directory.set(node, at: place)
            return become(directory)
        }
        // A node cannot hold both what it has and this.
        insert(bytes, beside: index, after: true)
        remove(index..<index + 1)
    }

    /// Puts `bytes` before or after element number `index`; `prepare` comes before.
    @_lifetime(self: copy self)
    mutating func insert(_ bytes: Bytes, beside index: Int, after: Bool) {
        let element = PackedElement(bytes)
        if isLarge { return insertLarge(element, bytes.count, index, after) }
        var deque = deque
        deque.insert(element, at: deque.position(of: after ? index + 1 : index), in: heap)
        become(deque)
    }

    @_lifetime(self: copy self)
    private mutating func insertLarge(_ element: PackedElement, _ size: Int, _ index: Int, _ after: Bool) {
        var directory = directory
        let (place, rest) = directory.locate(index)
        var node = directory[place]
        defer { become(directory) }
        if hasRoom(node, for: size) {
            directory.willChange(place)
            node.insert(element, at: node.position(of: after ? rest + 1 : rest), in: heap)
            return directory.set(node, at: place)
        }
        let isAtEdge = after ? rest == node.count - 1 : rest == 0
        guard isAtEdge else {
            let center = split(node, at: place, in: &directory, around: element, rest, after)
            return join(around: index - rest + center, in: &directory)
        }
        if let neighbour = after ? directory.next(place) : directory.previous(place),
            hasRoom(directory[neighbour], for: size)
        {
            directory.willChange(neighbour)
            var roomy = directory[neighbour]
            if after { roomy.prepend(element, in: heap) } else { roomy.append(element, in: heap) }
            directory.set(roomy, at: neighbour)
        } else if after {
            directory.insert(PackedDeque(element, in: heap), behind: place)
        } else {
            directory.insert(PackedDeque(element, in: heap), at: place)
        }
    }

    /// Splits a full node where the element goes, which joins the part that is new. Answers where the old part begins.
    private func split(
        _ node: PackedDeque, at place: PackedDirectory.Place, in directory: inout PackedDirectory,
        around element: PackedElement,
        _ rest: Int, _ after: Bool
    ) -> Int {
        directory.willChange(place)
        var left = node
        var right = left.split(at: after ? rest + 1 : rest, in: heap)
        if after { right.prepend(element, in: heap) } else { left.append(element, in: heap) }
        directory.set(left, at: place)
        directory.insert(right, behind: place)
        return after ? 0 : left.count
    }

    /// Joins the node that begins with element number `index` and its neighbours, as far as they fit.
    private func join(around index: Int, in directory: inout PackedDirectory) {
        var center = directory.locate(index).place
        if let previous = directory.previous(center), let other = directory.previous(previous) {
            join(other, previous, in: &directory)
        }
        center = directory.locate(index).place
        if let next = directory.next(center), let other = directory.next(next) { join(next, other, in: &directory) }
        center = directory.locate(index).place
        if let previous = directory.previous(center) { join(previous, center, in: &directory) }
        center = directory.locate(index).place
        if let next = directory.next(center) { join(center, next, in: &directory) }
    }

    private func join(
        _ left: PackedDirectory.Place, _ right: PackedDirectory.Place, in directory: inout PackedDirectory
    ) {
        var node = directory[left]
        let other = directory[right]
        guard canJoin(node, other) else { return }
        directory.willChange(left)
        directory.willChange(right)
        directory.remove(at: right)
        node.append(other, in: heap)
        directory.set(node, at: left)
    }

    /// Removes the first (or last) `limit` elements equal to `bytes`; answers how many there were.
    @_lifetime(self: copy self)
    mutating func removeMatches(of bytes: Bytes, backwards: Bool, limit: Int) -> Int {
        let wanted = PackedElement(bytes)
        if word == 0 { return 0 }
        if !isLarge {
            var deque = deque
            let removed = deque.removeMatches(of: wanted, backwards: backwards, limit: limit, in: heap)
            if deque.count > 0 { become(deque) } else { becomeEmpty(freeing: deque) }
            return removed
        }
        var directory = directory, removed = 0
        var place = backwards ? directory.last : directory.first
        while let here = place, removed < limit {
            var node = directory[here]
            if _slowPath(heap.isSaving), node.contains(wanted) { directory.willChange(here) }
            let inNode = node.removeMatches(of: wanted, backwards: backwards, limit: limit - removed, in: heap)
            removed += inNode
            place = backwards ? directory.previous(here) : directory.next(here)
            if node.count == 0 {
                node.free(to: heap)
                // What is behind moves into this place, unless the segment ends or is gone.
                let behind = directory.count(before: here)
                directory.remove(at: here)
                if !backwards { place = behind < directory.count ? directory.locate(behind).place : nil }
            } else if inNode > 0 {
                directory.set(node, at: here)
            }
        }
        become(directory)
        return removed
    }
}
