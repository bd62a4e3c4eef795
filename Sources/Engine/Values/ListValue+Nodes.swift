// A list as the nodes that it is made of: how snapshots keep it, so that a list that is read back has the same nodes.

extension ListValue {
    /// A list without elements in its large form, to which nodes and elements can be appended.
    @_lifetime(immortal)
    static func emptyLarge(in heap: Heap) -> ListValue {
        ListValue(word: PackedDirectory(heap: heap).word | 1, heap: heap)
    }

    /// How many nodes there are; a small list counts as one.
    var nodeCount: Int {
        var nodes = 0
        forEachNode { _ in nodes += 1 }
        return nodes
    }

    func forEachNode(_ body: (PackedDeque) -> Void) {
        if word == 0 { return }
        guard isLarge else { return body(deque) }
        let directory = directory
        var place = directory.first
        while let here = place {
            body(directory[here])
            place = directory.next(here)
        }
    }

    /// Appends a node that was built apart, which belongs to the list from now on. Only to a large list.
    @_lifetime(self: copy self)
    mutating func append(_ node: PackedDeque) {
        precondition(isLarge && node.count > 0)
        var directory = directory
        directory.append(node)
        become(directory)
    }
}
