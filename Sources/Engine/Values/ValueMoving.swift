// Values that leave sparse pages of the heap (`SlabAllocator+Evacuation`): all their blocks are shown to the heap,
// which moves those that lie in such pages. Small forms are one block; large ones go on where they stopped, and what
// changes between two steps is at worst missed. Nothing changes but addresses, and with them the value's word.

/// How far the moving of one value has come.
struct MovingPlace {
    private(set) var isOver = false
    /// Sorted sets: tree, table. Streams: nodes, then for each group its deliveries and those of its consumers.
    fileprivate var stage = 0
    /// A hash, a rank, or a number in a row.
    fileprivate var position: UInt64 = 0
    fileprivate var index = 0
    fileprivate var group = 0
    fileprivate var id = StreamID.zero

    mutating func end() { isOver = true }
}

extension HashTable {
    /// The table as it is named after the next step.
    fileprivate func moved(
        from place: inout MovingPlace, withItems: Bool, leaving mustStay: (Item) -> Bool = { _ in false },
        budget: inout Int
    ) -> HashTable {
        let table = moved()
        repeat {
            place.position = table.moveShard(
                at: place.position, withItems: withItems, leaving: mustStay, budget: &budget)
            if place.position == 0 { place.end() }
        } while budget > 0 && !place.isOver
        return table
    }
}

extension HashValue {
    func moved(from place: inout MovingPlace, budget: inout Int) -> UInt64 {
        if isTimed { return movedWithDeadlines(from: &place, budget: &budget) }
        switch form {
        case .packed:
            place.end()
            return heap.moved(word)
        case .table(let table): return table.moved(from: &place, withItems: true, budget: &budget).word | 1
        }
    }

    /// Fields that end move with the order that names them, the others with the table.
    private func movedWithDeadlines(from place: inout MovingPlace, budget: inout Int) -> UInt64 {
        let deadlines = movedDeadlines()
        guard deadlines.fields & 1 != 0 else {
            place.end()
            return deadlines.word | 2
        }
        let order = CountedTree(word: deadlines.order, heap: heap)
        let table = HashTable<HashField>(word: deadlines.fields & ~1, heap: heap).moved()
        deadlines.fields = table.word | 1
        while budget > 0, place.stage == 0 {
            if let next = order.moveLeaf(at: place.index, table) {
                budget -= next - place.index
                place.index = next
            } else {
                place.stage = 1
            }
        }
        if budget > 0 {
            _ = table.moved(from: &place, withItems: true, leaving: { $0.isTimed }, budget: &budget)
        }
        return deadlines.word | 2
    }
}

extension SetValue {
    func moved(from place: inout MovingPlace, budget: inout Int) -> UInt64 {
        switch form {
        case .integers, .packed:
            place.end()
            return heap.moved(word)
        case .table(let table): return table.moved(from: &place, withItems: true, budget: &budget).word | 1
        }
    }
}

extension ListValue {
    func moved(from place: inout MovingPlace, budget: inout Int) -> UInt64 {
        guard isLarge else {
            place.end()
            return heap.moved(word)
        }
        let directory = directory.moved()
        while budget > 0, !place.isOver {
            if let nodes = directory.moveSegment(place.index) {
                budget -= nodes
                place.index += 1
            } else {
                place.end()
            }
        }
        return directory.word | 1
    }
}

extension SortedSetValue {
    func moved(from place: inout MovingPlace, budget: inout Int) -> UInt64 {
        guard isLarge else {
            place.end()
            return heap.moved(word)
        }
        let tree = tree.moved(), table = table.moved()
        tree.companion = table.word
        while budget > 0, place.stage == 0 {
            if let next = tree.moveLeaf(at: place.index, table) {
                budget -= next - place.index
                place.index = next
            } else {
                place.stage = 1
            }
        }
        if budget > 0 { _ = table.moved(from: &place, withItems: false, budget: &budget) }
        return tree.word | 1
    }
}

extension StreamValue {
    private static let nodesStage = 0, deliveriesStage = 1, consumersStage = 2

    func moved(from place: inout MovingPlace, budget: inout Int) -> UInt64 {
        let stream = StreamValue(word: heap.moved(word), heap: heap)
        while budget > 0, !place.isOver { stream.moveSome(&place, &budget) }
        return stream.word
    }

    private func moveSome(_ place: inout MovingPlace, _ budget: inout Int) {
        budget -= 1
        if place.stage == StreamValue.nodesStage {
            return step(&place, nodes.moveLeaf(at: place.id, budget: &budget) { heap.moved($1) }) {
                $0.stage = StreamValue.deliveriesStage
                moveGroups()
            }
        }
        guard place.group < groups.count else { return place.end() }
        let group = groups[place.group]
        if place.stage == StreamValue.deliveriesStage {
            return step(&place, group.moveDeliveries(from: place.id, budget: &budget, in: heap)) {
                $0.stage = StreamValue.consumersStage
            }
        }
        guard place.index < group.consumers.count else {
            (place.stage, place.index, place.id) = (StreamValue.deliveriesStage, 0, .zero)
            place.group += 1
            return
        }
        let pending = group.consumers[place.index].pending(in: heap)
        step(&place, pending.moveLeaf(at: place.id, budget: &budget) { $1 }) { $0.index += 1 }
    }

    /// Goes on at the next number, or, if there is none, with what `end` says.
    private func step(_ place: inout MovingPlace, _ next: StreamID?, _ end: (inout MovingPlace) -> Void) {
        place.id = next ?? .zero
        if next == nil { end(&place) }
    }

    private func moveGroups() {
        var row = groups
        row.move(in: heap)
        groups = row
        for index in 0..<row.count { row[index].moveConsumers(in: heap) }
    }
}

extension StreamGroup {
    /// Consumers with more deliveries stay where they are: each delivery names its consumer.
    private static let mostDeliveriesOfMoved = 200

    fileprivate func moveConsumers(in heap: Heap) {
        var row = consumers
        row.move(in: heap, mayMove: { $0.pending(in: heap).count <= StreamGroup.mostDeliveriesOfMoved }) { consumer in
            consumer.pending(in: heap).forEach { StreamDelivery(word: $1).consumer = consumer }
        }
        consumers = row
    }

    /// Deliveries are named by the group and by the consumer.
    fileprivate func moveDeliveries(from id: StreamID, budget: inout Int, in heap: Heap) -> StreamID? {
        pending(in: heap).moveLeaf(at: id, budget: &budget) { id, word in
            let moved = heap.moved(word)
            if moved != word {
                StreamDelivery(word: moved).consumer?.pending(in: heap).find(id)?.setWord(moved)
            }
            return moved
        }
    }
}
