// Lists that are being saved: until the first change a walk from node to node, then by the numbers that the nodes got.

extension ValueSaving {
    mutating func saveList<Sink: ValueSink & ~Copyable>(_ left: inout Int, _ heap: Heap, _ sink: inout Sink) -> Bool {
        if ledger.nodes.count > 0 { return saveNumbered(&left, heap, &sink) }
        let list = ListValue(word: value.word, heap: heap)
        guard list.isLarge else {
            if list.count > 0 { sink.append(node: list.deque) }
            return true
        }
        let directory = list.directory
        while let place = nodePlace {
            if left <= 0 || !sink.hasRoom { return false }
            let node = directory[place]
            sink.append(node: node)
            left -= node.count
            ledger.nodesPassed += 1
            nodePlace = directory.next(place)
        }
        return true
    }

    private mutating func saveNumbered<Sink: ValueSink & ~Copyable>(
        _ left: inout Int, _ heap: Heap, _ sink: inout Sink
    ) -> Bool {
        while left > 0, sink.hasRoom {
            let isMore = ledger.takeNode(in: heap) { node in
                left -= node.count
                sink.append(node: node)
            }
            if !isMore { return true }
        }
        return false
    }
}
