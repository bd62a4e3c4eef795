// The nodes of a long list, in order: a row of segments, each a row of at most 62 nodes. Both know how many elements
// are where, so that an element is found by number without looking at nodes, and the ends are at hand.
//
// Ownership rule: an address, not an owner; the list frees it and its nodes. Places end when nodes come or go.

/// The place of a directory of packed deques.
@safe struct PackedDirectory: BitwiseCopyable {
    private static let largestSegment = 62

    private(set) var top: CountedRow
    let heap: Heap

    /// Which node: its segment, and its number there.
    struct Place: Equatable {
        var segment: Int
        var node: Int
    }

    init(heap: Heap) {
        top = CountedRow(in: heap, capacity: 1)
        self.heap = heap
    }

    @inline(__always) init(word: UInt64, heap: Heap) {
        top = CountedRow(word: word)
        self.heap = heap
    }

    /// Names the directory until a node comes or goes; a multiple of 8.
    @inline(__always) var word: UInt64 { top.word }
    /// Elements in all nodes.
    @inline(__always) var count: Int { top.total }
    var hasOneNode: Bool { top.count == 1 && segment(0).count == 1 }

    @inline(__always) func segment(_ index: Int) -> CountedRow { CountedRow(word: top.word(index)) }

    // MARK: Places

    @inline(__always) var first: Place? { top.count == 0 ? nil : Place(segment: 0, node: 0) }

    @inline(__always) var last: Place? {
        top.count == 0 ? nil : Place(segment: top.count &- 1, node: segment(top.count &- 1).count &- 1)
    }

    @inline(__always) func next(_ place: Place) -> Place? {
        if place.node &+ 1 < segment(place.segment).count {
            return Place(segment: place.segment, node: place.node &+ 1)
        }
        return place.segment &+ 1 < top.count ? Place(segment: place.segment &+ 1, node: 0) : nil
    }

    @inline(__always) func previous(_ place: Place) -> Place? {
        if place.node > 0 { return Place(segment: place.segment, node: place.node &- 1) }
        return place.segment > 0
            ? Place(segment: place.segment &- 1, node: segment(place.segment &- 1).count &- 1) : nil
    }

    /// The node of element number `index`, and the element's number in it.
    @inline(__always) func locate(_ index: Int) -> (place: Place, rest: Int) {
        let (segmentIndex, inSegment) = top.find(index)
        let (node, rest) = segment(segmentIndex).find(inSegment)
        return (Place(segment: segmentIndex, node: node), rest)
    }

    @inline(__always) subscript(place: Place) -> PackedDeque {
        PackedDeque(word: segment(place.segment).word(place.node))
    }

    // MARK: Changing

    /// The node has moved, or has another number of elements.
    @inline(__always) func set(_ node: PackedDeque, at place: Place) {
        let row = segment(place.segment)
        row.set(place.node, word: node.word, elements: node.count)
        top.set(place.segment, word: row.word, elements: row.total)
    }

    mutating func append(_ node: PackedDeque) {
        guard let last else { return insertFirst(node) }
        insert(node, behind: last)
    }

    mutating func prepend(_ node: PackedDeque) {
        guard let first else { return insertFirst(node) }
        insert(node, at: first)
    }

    mutating func insert(_ node: PackedDeque, behind place: Place) {
        insert(node, at: Place(segment: place.segment, node: place.node + 1))
    }

    private mutating func insertFirst(_ node: PackedDeque) {
        let before = word
        top.insert(word: CountedRow(in: heap, capacity: 1).word, elements: 0, at: 0, in: heap)
        noteMoved(from: before)
        insert(node, at: Place(segment: 0, node: 0))
    }

    mutating func insert(_ node: PackedDeque, at place: Place) {
        let before = word
        defer { noteMoved(from: before) }
        var place = place, row = segment(place.segment)
        if row.count >= PackedDirectory.largestSegment {
            let isAtEnd = place.node == row.count && place.segment == top.count - 1
            let isAtBeginning = place == Place(segment: 0, node: 0)
            if isAtEnd || isAtBeginning {
                // Lists grow at their ends: the full segments there stay full.
                if isAtEnd { place = Place(segment: place.segment + 1, node: 0) }
                row = CountedRow(in: heap, capacity: 4)
                top.insert(word: row.word, elements: 0, at: place.segment, in: heap)
            } else {
                let half = row.split(in: heap)
                top.set(place.segment, word: row.word, elements: row.total)
                top.insert(word: half.word, elements: half.total, at: place.segment + 1, in: heap)
                if place.node > row.count {
                    place = Place(segment: place.segment + 1, node: place.node - row.count)
                    row = half
                }
            }
        }
        row.insert(word: node.word, elements: node.count, at: place.node, in: heap)
        top.set(place.segment, word: row.word, elements: row.total)
    }

    /// The node leaves the directory; it is not freed.
    mutating func remove(at place: Place) {
        let before = word
        defer { noteMoved(from: before) }
        var row = segment(place.segment)
        row.remove(place.node, in: heap)
        top.set(place.segment, word: row.word, elements: row.total)
        if row.count == 0 {
            row.free(to: heap)
            top.remove(place.segment, in: heap)
        }
    }

    /// A whole segment becomes the last one of another directory.
    mutating func moveSegment(_ index: Int, to other: inout PackedDirectory?) {
        let row = segment(index)
        let place = other?.top.count ?? 0
        other?.top.insert(word: row.word, elements: row.total, at: place, in: heap)
        top.remove(index, in: heap)
    }

    /// The last node leaves the directory, whose word stays; it is the caller's to free.
    func takeLastNode() -> PackedDeque? {
        guard let last else { return nil }
        let node = self[last]
        var row = segment(last.segment)
        row.remove(last.node, in: heap)
        top.set(last.segment, word: row.word, elements: row.total)
        if row.count == 0 {
            row.free(to: heap)
            top.removeLast()
        }
        return node
    }

    /// How many nodes there are.
    /// - Complexity: O(segments)
    var nodeCount: Int {
        var nodes = 0
        for index in 0..<top.count { nodes += segment(index).count }
        return nodes
    }

    /// How many elements are in the nodes before this one.
    func count(before place: Place) -> Int {
        var total = 0
        for index in 0..<place.segment { total += top.elements(index) }
        for index in 0..<place.node { total += segment(place.segment).elements(index) }
        return total
    }

    /// Gives an empty directory back.
    func free() {
        precondition(top.count == 0)
        top.free(to: heap)
    }

    /// Bytes of heap, the nodes included.
    /// - Complexity: O(nodes)
    var memoryUsage: Int {
        var total = top.memoryUsage
        for segmentIndex in 0..<top.count {
            let row = segment(segmentIndex)
            total += row.memoryUsage
            for node in 0..<row.count { total += PackedDeque(word: row.word(node)).memoryUsage }
        }
        return total
    }

    /// How many nodes there are and what all occupies: right for a few segments, and else judged by some of them.
    var estimate: (nodeCount: Int, memoryUsage: Int) {
        let looked = min(top.count, 16)
        var nodes = 0, rows = 0, size = 0, sized = 0
        for number in 0..<looked {
            let row = segment(top.count == looked ? number : number * (top.count - 1) / (looked - 1))
            nodes += row.count
            rows += row.memoryUsage
            for index in stride(from: 0, to: row.count, by: looked > 1 ? 16 : 1) {
                size += PackedDeque(word: row.word(index)).memoryUsage
                sized += 1
            }
        }
        guard sized > 0 else { return (0, top.memoryUsage) }
        let factor = Double(top.count) / Double(looked)
        let count = Int(Double(nodes) * factor)
        let memory = Double(size) / Double(sized) * Double(count) + Double(rows) * factor
        return (count, Int(memory) + top.memoryUsage)
    }

    /// Counts agree with the nodes, and the nodes are whole.
    func checkInvariants() -> Bool {
        var total = 0
        for segmentIndex in 0..<top.count {
            let row = segment(segmentIndex)
            guard row.count > 0, row.count <= PackedDirectory.largestSegment, row.total == top.elements(segmentIndex)
            else { return false }
            var inSegment = 0
            for index in 0..<row.count {
                let node = PackedDeque(word: row.word(index))
                guard node.count > 0, node.count == row.elements(index), node.checkInvariants() else { return false }
                inSegment += node.count
            }
            guard inSegment == row.total else { return false }
            total += inSegment
        }
        return total == count
    }
}
