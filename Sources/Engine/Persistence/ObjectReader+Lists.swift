// Lists from snapshots: element by element, or node by node, so that a list has the nodes again that it had.

extension ObjectReader {
    /// Type 10: one ziplist. Redis leaves such a list in its large form.
    func readZiplistList(from source: inout PayloadReader) throws(PayloadError) -> LoadedValue {
        var text = Buffer()
        guard let ziplist = Ziplist(checking: try source.string(&text)) else { throw .malformed }
        return try build(ListValue.emptyLarge(in: heap)) { (list) throws(PayloadError) in
            ziplist.forEach { element in element.withBytes { list.push($0, at: .tail) } }
        }
    }
}

extension ListValue {
    /// Types 14 and 18: takes in a node: a ziplist, a listpack, or one long element, which is answered as true.
    @_lifetime(self: copy self)
    mutating func appendNode(
        _ type: ObjectType, from source: inout PayloadReader, _ text: inout Buffer, _ heap: Heap
    ) throws(PayloadError) -> Bool {
        let container = type == .quicklist ? try source.length() : 2
        guard container == 1 || container == 2 else { throw .malformed }
        let bytes = try source.string(&text)
        if container == 1 {
            guard !bytes.isEmpty else { throw .malformed }
            append(PackedDeque(PackedElement(bytes), in: heap))
            return true
        }
        var node = NodeBuilder(in: heap, size: bytes.count)
        if type == .quicklist {
            guard let listpack = Listpack(checking: bytes) else {
                node.discard()
                throw .malformed
            }
            listpack.forEach { node.append($0, finishingInto: &self) }
        } else {
            guard let ziplist = Ziplist(checking: bytes) else {
                node.discard()
                throw .malformed
            }
            ziplist.forEach { node.append($0, finishingInto: &self) }
        }
        node.finish(into: &self)
        return false
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

    consuming func discard() { node.free(to: heap) }

    /// The node joins the list, unless it has no elements.
    consuming func finish(into list: inout ListValue) {
        guard node.count > 0 else { return node.free(to: heap) }
        node.trim(in: heap)
        list.append(node)
    }
}
