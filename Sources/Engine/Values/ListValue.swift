// A list: one packed deque while it is small, a directory of packed deques when it is large. Which of the two it is,
// and when a long list goes on in a new node, follows Redis 7.2 to the byte, because `OBJECT ENCODING` shows it.
//
//     word   0: no elements    a deque's word: small    a directory's word | 1: large

/// The elements of a list, in order.
struct ListValue: ContainerValue, ~Escapable {
    /// The two ends of a list.
    enum End { case head, tail }

    /// Elements of this size and more are alone in their nodes.
    static let hugeSize = 1 << 30
    /// What Redis takes an element to need beside its bytes.
    private static let estimatedOverhead = 8

    private(set) var word: UInt64
    let heap: Heap

    @_lifetime(immortal)
    @inline(__always) init(word: UInt64, heap: Heap) {
        self.word = word
        self.heap = heap
    }

    @_lifetime(immortal)
    static func empty(in heap: Heap) -> ListValue { ListValue(word: 0, heap: heap) }

    @inline(__always) var isLarge: Bool { word & 1 != 0 }
    @inline(__always) var directory: PackedDirectory { PackedDirectory(word: word & ~1, heap: heap) }
    /// Only of a small list with elements.
    @inline(__always) var deque: PackedDeque { PackedDeque(word: word) }

    @_lifetime(self: copy self)
    @inline(__always) mutating func become(_ deque: PackedDeque) { word = deque.word }

    @_lifetime(self: copy self)
    @inline(__always) mutating func become(_ directory: PackedDirectory) { word = directory.word | 1 }

    /// The deque has lost its last element.
    @_lifetime(self: copy self)
    mutating func becomeEmpty(freeing deque: PackedDeque) {
        deque.free(to: heap)
        word = 0
    }

    @inline(__always) var count: Int { isLarge ? directory.count : word == 0 ? 0 : deque.count }
    var encoding: StaticString { isLarge ? "quicklist" : "listpack" }
    var memoryUsage: Int { isLarge ? directory.memoryUsage : word == 0 ? 0 : deque.memoryUsage }

    var blockCount: Int { isLarge ? directory.estimate.nodeCount : 1 }
    /// About what it occupies.
    var estimatedMemory: Int { isLarge ? directory.estimate.memoryUsage : memoryUsage }

    /// How many nodes there are, and the bytes that their elements and headers take; for DEBUG OBJECT.
    /// - Complexity: O(nodes).
    var nodes: (count: Int, byteCount: Int) {
        guard isLarge else { return (1, memoryUsage) }
        var count = 0, byteCount = 0, place = directory.first
        while let here = place {
            count += 1
            byteCount += directory[here].memoryUsage
            place = directory.next(here)
        }
        return (count, byteCount)
    }

    @_lifetime(immortal)
    func copied() -> ListValue {
        if word == 0 { return ListValue(word: 0, heap: heap) }
        if !isLarge { return ListValue(word: deque.copied(in: heap).word, heap: heap) }
        let source = directory
        var copy = PackedDirectory(heap: heap), place = source.first
        while let here = place {
            copy.append(source[here].copied(in: heap))
            place = source.next(here)
        }
        return ListValue(word: copy.word | 1, heap: heap)
    }

    @_lifetime(self: copy self)
    mutating func free(budget: inout Int) -> Bool {
        if word == 0 { return true }
        if !isLarge {
            deque.free(to: heap)
            budget -= 1
        } else {
            let directory = directory
            while let node = directory.takeLastNode() {
                node.free(to: heap)
                budget -= 1
                if budget <= 0 && directory.first != nil { return false }
            }
            directory.free()
        }
        word = 0
        return true
    }

    // MARK: Forms

    /// Up to where a node, or a small list, may grow.
    @inline(__always) private func exceedsLimit(size: Int, count: Int) -> Bool {
        let fill = heap.limits.listNodeSize
        if fill < 0 { return size > ListValue.largestSize(fill) }
        // Whatever the number, a node stays below 8 KiB.
        return size > 8192 || count > max(fill, 1)
    }

    @inline(__always) private static func largestSize(_ fill: Int) -> Int {
        4096 &<< (min(max(fill, -5), -1) &* -1 &- 1)
    }

    /// What nodes come to need, where their limit is one of size, without a block's header.
    var usualNodeSize: Int {
        let fill = heap.limits.listNodeSize
        return fill < 0 ? min(ListValue.largestSize(fill), 8192) - 6 : 0
    }

    /// The node may take in an element of `size` bytes.
    @inline(__always) func hasRoom(_ node: PackedDeque, for size: Int) -> Bool {
        size < ListValue.hugeSize
            && !exceedsLimit(size: node.listpackSize &+ size &+ ListValue.estimatedOverhead, count: node.count &+ 1)
    }

    func canJoin(_ left: PackedDeque, _ right: PackedDeque) -> Bool {
        let size = left.listpackSize + right.listpackSize - 7
        return size < ListValue.hugeSize && !exceedsLimit(size: size, count: left.count + right.count)
    }

    /// Before elements are added, a small list becomes large if they would be too many or too large together.
    @_lifetime(self: copy self)
    @inline(__always) mutating func prepare(forSize size: Int, count: Int) {
        if isLarge { return }
        let (oldSize, oldCount) = word == 0 ? (7, 0) : (deque.listpackSize, deque.count)
        if _slowPath(exceedsLimit(size: oldSize &+ size, count: oldCount &+ count)) { enlarge() }
    }

    @_lifetime(self: copy self)
    @inline(never) private mutating func enlarge() {
        var directory = PackedDirectory(heap: heap)
        if word != 0 { directory.append(deque) }
        become(directory)
    }

    /// After elements were removed, a large list that fits into half a node becomes small.
    @_lifetime(self: copy self)
    @inline(__always) mutating func becomeSmallIfPossible() {
        if isLarge, directory.hasOneNode { becomeSmall(part: 2) }
    }

    /// A large list that was built node by node becomes small if it has one node within its limit.
    @_lifetime(self: copy self)
    mutating func becomeSmallIfWithinLimits() {
        if isLarge, directory.hasOneNode { becomeSmall(part: 1) }
    }

    @_lifetime(self: copy self)
    @inline(never) private mutating func becomeSmall(part: Int) {
        let fill = heap.limits.listNodeSize
        let directory = directory
        guard let first = directory.first, case let node = directory[first], node.listpackSize < ListValue.hugeSize
        else { return }
        guard fill < 0 ? node.listpackSize <= ListValue.largestSize(fill) / part : node.count <= max(fill, 1) / part
        else { return }
        directory.willEnd(first)
        _ = directory.takeLastNode()
        directory.free()
        become(node)
    }

    /// Whether everything inside agrees.
    func checkInvariants() -> Bool {
        word == 0 || (isLarge ? directory.checkInvariants() : deque.checkInvariants() && deque.count > 0)
    }
}
