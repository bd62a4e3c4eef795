// Lists against arrays, through both forms and all sizes of nodes. The seed of a failing run is in its message.

import Testing

@testable import Engine

@Suite struct ListValueTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, UInt64.random(in: 7...UInt64.max)])
    func aListHoldsWhatAnArrayWould(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        heap.limits.listNodeSize = [-2, 1, 3, -1, 16, -5][Int(seed % 6)]
        var random = RandomSource(seed: seed)
        var list = ListValue.empty(in: heap), model: [[UInt8]] = []
        for step in 0..<4000 {
            change(&list, &model, &random, isGrowing: step % 2000 < 1200, "seed \(seed), step \(step)")
            if step % 160 == 0 {
                let isWhole = list.checkInvariants(), count = list.count
                #expect(isWhole && count == model.count, "seed \(seed), step \(step)")
                expectSame(list, model, &random, "seed \(seed), step \(step)")
            }
            if step % 1500 == 0 {
                let copy = list.copied()
                var budget = 3
                while !list.free(budget: &budget) { budget = 3 }
                list = copy
            }
        }
        let usage = list.memoryUsage
        // A large block has a header that belongs to nobody.
        #expect(usage <= heap.used && heap.used - usage <= 64 * 20, "seed \(seed)")
        var budget = 2
        while !list.free(budget: &budget) { budget = 2 }
        #expect(heap.used == 0, "seed \(seed)")
    }

    private func change(
        _ list: inout ListValue, _ model: inout [[UInt8]], _ random: inout RandomSource, isGrowing: Bool,
        _ comment: Comment
    ) {
        let index = Int.random(in: 0...model.count, using: &random)
        let bytes = PackedListTests.element(&random), buffer = PackedListTests.buffer(bytes)
        switch Int.random(in: 0..<(isGrowing ? 10 : 16), using: &random) {
        case 0...2:
            list.prepare(forSize: bytes.count, count: 1)
            list.push(buffer.contents, at: .head)
            model.insert(bytes, at: 0)
        case 3...5:
            list.prepare(forSize: bytes.count, count: 1)
            list.push(buffer.contents, at: .tail)
            model.append(bytes)
        case 6...7 where index < model.count:
            list.prepare(forSize: bytes.count, count: 1)
            let after = Bool.random(using: &random)
            list.insert(buffer.contents, beside: index, after: after)
            model.insert(bytes, at: after ? index + 1 : index)
        case 8...9 where index < model.count:
            list.prepare(forSize: bytes.count, count: 1)
            list.set(index, to: buffer.contents)
            model[index] = bytes
        case 10 where index < model.count:
            let wanted = model[index], limit = Int.random(in: 1...4, using: &random),
                backwards = Bool.random(using: &random)
            let places = model.indices.filter { model[$0] == wanted }
            let chosen = backwards ? Array(places.suffix(limit)) : Array(places.prefix(limit))
            let removed = list.removeMatches(
                of: PackedListTests.buffer(wanted).contents, backwards: backwards, limit: limit)
            #expect(removed == chosen.count, comment)
            for place in chosen.reversed() { model.remove(at: place) }
        case 11...:
            let count = min(model.count - index, Int.random(in: 0...(index % 50 == 0 ? 100 : 5), using: &random))
            list.remove(index..<index + count)
            model.removeSubrange(index..<index + count)
        default: break
        }
        if model.count % 3 == 0 { list.becomeSmallIfPossible() }
    }

    private func expectSame(
        _ list: borrowing ListValue, _ model: [[UInt8]], _ random: inout RandomSource, _ comment: Comment
    ) {
        var forwards: [[UInt8]] = [], backwards: [[UInt8]] = [], matches: [Int] = []
        list.forEach(in: 0..<model.count) { forwards.append(PackedListTests.array($0)) }
        #expect(forwards == model, comment)
        let low = Int.random(in: 0...model.count, using: &random),
            high = Int.random(in: low...model.count, using: &random)
        list.forEach(in: low..<high, backwards: true) { backwards.append(PackedListTests.array($0)) }
        #expect(backwards == model[low..<high].reversed(), comment)
        guard low < model.count else { return }
        var element: [UInt8]?
        if let value = list.element(at: low) { element = PackedListTests.array(value) }
        #expect(element == model[low], comment)
        list.forEachMatch(of: PackedListTests.buffer(model[low]).contents) { index in
            matches.append(index)
            return true
        }
        #expect(matches == model.indices.filter { model[$0] == model[low] }, comment)
    }

    @Test func formsChangeWhereRedisChangesThem() {
        let heap = Heap(seed: 1)
        var list = ListValue.empty(in: heap)
        let bytes = PackedListTests.buffer([UInt8](repeating: 120, count: 8100))
        list.prepare(forSize: 8100, count: 1)
        list.push(bytes.contents, at: .tail)
        let isSmall = !list.isLarge
        list.prepare(forSize: 100, count: 1)
        list.push(Bytes("x"), at: .tail)
        let isLarge = list.isLarge
        list.remove(0..<1)
        list.becomeSmallIfPossible()
        let isSmallAgain = !list.isLarge
        #expect(isSmall && isLarge && isSmallAgain)
        var budget = 10
        _ = list.free(budget: &budget)
        #expect(heap.used == 0)
    }

    @Test func fiveElementsOf32BytesTake176Bytes() {
        let heap = Heap(seed: 1)
        var list = ListValue.empty(in: heap)
        let bytes = PackedListTests.buffer([UInt8](repeating: 120, count: 32))
        for _ in 0..<5 { list.push(bytes.contents, at: .tail) }
        let usage = list.memoryUsage
        #expect(usage <= 176 && heap.used == usage)
    }
}
