// Lists from snapshots: element by element, or node by node, so that a list has the nodes again that it had.

extension ObjectReader {
    /// Type 1: the elements one by one.
    func readList(from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        var text = Buffer()
        let count = try source.count()
        return try build(ListValue.emptyLarge(in: heap)) { (list) throws(PayloadError) in
            for _ in 0..<count { list.push(try source.string(&text), at: .tail) }
            list.becomeSmallIfWithinLimits()
        }
    }

    /// Type 10: one ziplist. Redis leaves such a list in its large form.
    func readZiplistList(from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        var text = Buffer()
        guard let ziplist = Ziplist(checking: try source.string(&text)) else { throw .malformed }
        return try build(ListValue.emptyLarge(in: heap)) { (list) throws(PayloadError) in
            ziplist.forEach { element in element.withBytes { list.push($0, at: .tail) } }
        }
    }

    /// Types 14 and 18: nodes, each a ziplist, a listpack, or one long element.
    func readNodes(_ type: ObjectType, from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        var text = Buffer()
        let count = try source.count()
        return try build(ListValue.emptyLarge(in: heap)) { (list) throws(PayloadError) in
            // A single node that is no listpack keeps Redis from making the list small.
            var hasPlainNode = false
            for _ in 0..<count {
                let container = type == .quicklist ? try source.length() : 2
                guard container == 1 || container == 2 else { throw .malformed }
                let bytes = try source.string(&text)
                if container == 1 {
                    guard !bytes.isEmpty else { throw .malformed }
                    list.append(PackedDeque(PackedElement(bytes), in: heap))
                    hasPlainNode = true
                } else if type == .quicklist {
                    guard let listpack = Listpack(checking: bytes) else { throw .malformed }
                    append(listpack, to: &list)
                } else {
                    guard let ziplist = Ziplist(checking: bytes) else { throw .malformed }
                    append(ziplist, to: &list)
                }
            }
            if !hasPlainNode { list.becomeSmallIfWithinLimits() }
        }
    }

    private func append(_ listpack: Listpack, to list: inout ListValue) {
        var node = NodeBuilder(in: heap, size: listpack.bytes.count)
        listpack.forEach { node.append($0, finishingInto: &list) }
        node.finish(into: &list)
    }

    private func append(_ ziplist: Ziplist, to list: inout ListValue) {
        var node = NodeBuilder(in: heap, size: ziplist.bytes.count)
        ziplist.forEach { node.append($0, finishingInto: &list) }
        node.finish(into: &list)
    }
}

/// A node of a list that is being built. Where one of Redis's nodes has more elements than one of ours can have, it
/// becomes several.
private struct NodeBuilder: ~Copyable {
    private var node: PackedDeque
    private let heap: Heap
    private let size: Int

    init(in heap: Heap, size: Int) {
        node = PackedDeque(in: heap, size: size)
        self.heap = heap
        self.size = size
    }

    mutating func append(_ element: StringValue, finishingInto list: inout ListValue) {
        if node.count == PackedDeque.largestCount {
            node.trim(in: heap)
            list.append(node)
            node = PackedDeque(in: heap, size: 0)
        }
        switch element {
        case .integer(let integer): node.append(PackedElement(integer), in: heap)
        case .bytes(let bytes): node.append(PackedElement(bytes), in: heap)
        }
    }

    /// The node joins the list, unless it has no elements.
    consuming func finish(into list: inout ListValue) {
        guard node.count > 0 else { return node.free(to: heap) }
        node.trim(in: heap)
        list.append(node)
    }
}
