// Values that are moved, step by step, while they change: nothing but addresses may change by it, and every block of a
// value must be found. The seed of a failing run is in its message.

import Testing

@testable import Engine

/// A value that moves from page to page.
private struct MovingValue: ~Copyable {
    let heap: Heap
    var value: StoredValue
    var changes: ValueChanges
    private var place: MovingPlace?
    var completed = 0

    init(_ kind: Entry.Kind, _ seed: UInt64) {
        heap = Heap(seed: seed)
        value = StoredValue(kind: kind, word: ValueInSaving.empty(kind, heap))
        changes = ValueChanges(seed: seed)
    }

    private func contents() -> [UInt8] {
        // Where members collide, their order in a table is no property of the value.
        if value.kind == .set || value.kind == .hash { return sortedContents() }
        var writer = ObjectWriter(.never)
        writer.append(value, in: heap)
        return writer.output.contents.array
    }

    private func sortedContents() -> [UInt8] {
        var elements: [[UInt8]] = []
        if value.kind == .set {
            SetValue(word: value.word, heap: heap).forEach { elements.append($0.withBytes { $0.array }) }
        } else {
            HashValue(word: value.word, heap: heap).forEach { element in
                elements.append(element.field.withBytes { $0.array } + element.value.withBytes { $0.array })
            }
        }
        return Array(elements.sorted { $0.lexicographicallyPrecedes($1) }.joined(separator: [0]))
    }

    private func isWhole() -> Bool { value.isWhole(in: heap) }

    mutating func begin(ofAll: Bool) {
        heap.beginEvacuation(ofAll: ofAll)
        while !heap.chooseForEvacuation() {}
        place = MovingPlace()
    }

    /// One step; true if it changed nothing that can be seen.
    mutating func step() -> Bool {
        guard var here = place else {
            begin(ofAll: changes.number(0...2) > 0)
            return true
        }
        let before = contents(), used = heap.used
        var budget = changes.number(1...300)
        value.move(from: &here, budget: &budget, in: heap)
        place = here
        if here.isOver { end() }
        return contents() == before && heap.used <= used && isWhole()
    }

    private mutating func end() {
        while !heap.endEvacuation() {}
        place = nil
        completed += 1
    }

    /// Moves everything at once; the sizes of the blocks that stayed.
    mutating func moveAll() -> [Int] {
        if place != nil { end() }
        begin(ofAll: true)
        var here = MovingPlace(), budget = Int.max
        value.move(from: &here, budget: &budget, in: heap)
        let left = heap.pagesLeft.map(\.size)
        end()
        return left
    }

    mutating func change() { value.word = changes.change(value, in: heap) }

    mutating func free() -> Int {
        if place != nil { end() }
        var budget = Int.max
        _ = value.free(budget: &budget, to: heap)
        return heap.used
    }
}

@Suite struct ValueMovingTests {
    /// Adds a member to the sorted set that the word names.
    private static func add(_ member: [UInt8], _ score: Double, _ word: inout UInt64, _ heap: Heap) {
        var set = SortedSetValue(word: word, heap: heap)
        withBytes(of: member) { _ = set.add($0, score: score) }
        word = set.word
    }

    /// Leaves that random removals have left half empty are filled up as they move.
    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2]) func leavesOfASortedSetArePacked(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed)
        var large = SortedSetValue.empty(in: heap)
        large.becomeLarge(expecting: 0)
        var word = large.word
        let members = (0..<20_000).map { Array("member:\($0)".utf8) }
        for member in members { ValueMovingTests.add(member, .random(in: 0..<1, using: &random), &word, heap) }
        let gone = members.shuffled(using: &random)
        var set = SortedSetValue(word: word, heap: heap)
        for member in gone.prefix(18_000) { withBytes(of: member) { _ = set.remove($0) } }
        heap.beginEvacuation(ofAll: true)
        while !heap.chooseForEvacuation() {}
        var value = StoredValue(kind: .sortedSet, word: set.word)
        var place = MovingPlace(), budget = Int.max
        value.move(from: &place, budget: &budget, in: heap)
        while !heap.endEvacuation() {}
        set = SortedSetValue(word: value.word, heap: heap)
        // 1 KiB for 54 of 2,000 members, some leaves with less, and the branches.
        let treeSize = set.tree.memoryUsage
        var isWhole = set.checkInvariants() && set.count == 2000
        #expect(isWhole && treeSize < 55 * 1024, "seed \(seed): \(treeSize)")
        word = set.word
        for member in gone.prefix(9000) {
            ValueMovingTests.add(member, .random(in: 0..<1, using: &random), &word, heap)
        }
        set = SortedSetValue(word: word, heap: heap)
        isWhole = set.checkInvariants() && set.count == 11_000
        budget = .max
        _ = set.free(budget: &budget)
        #expect(isWhole && heap.used == 0, "seed \(seed)")
    }

    @Test(arguments: [Entry.Kind.hash, .set, .sortedSet, .list, .stream], [UInt64.random(in: 0 ... .max), 1, 2])
    func aMovedValueIsTheSame(_ kind: Entry.Kind, _ seed: UInt64) {
        var value = MovingValue(kind, seed)
        var isRight = true, left: [Int] = []
        for step in 0..<150 {
            value.change()
            isRight = value.step() && isRight
            if step % 100 == 0 {
                value.heap.checkInvariants()
                left += value.moveAll()
            }
        }
        let completed = value.completed
        #expect(isRight && completed > 1, "\(kind), seed \(seed): \(completed)")
        #expect(left.isEmpty, "\(kind), seed \(seed): blocks of these sizes were not found")
        let rest = value.free()
        #expect(rest == 0, "\(kind), seed \(seed)")
    }
}
