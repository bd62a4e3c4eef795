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
