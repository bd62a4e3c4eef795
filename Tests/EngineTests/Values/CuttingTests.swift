// Many members leaving a large value at once: stretches of sorted sets, members of sets by chance. The seed of a
// failing run is in its message.

import Testing

@testable import Engine

@Suite struct CuttingTests {
    @Test(arguments: [1, 2, 3, 4, UInt64.random(in: 5...UInt64.max)])
    func aTreeIsWholeBehindEveryCut(_ seed: UInt64) {
        let heap = Heap(seed: seed), tree = CountedTree(heap: heap)
        var random = RandomSource(seed: seed), model: [ScoredMember] = []
        for round in 0..<40 {
            // Three levels of branches at times, and nearly nothing at others.
            let wanted = [45_000, 3000, 70, 400][round % 20 == 0 ? 0 : Int.random(in: 1..<4, using: &random)]
            let first = model.last.map { $0.score + 1 } ?? 0
            for number in 0..<wanted {
                let score = first + Double(number)
                let member = "\(number % 7)".withBytes { ScoredMember($0, score: score, in: heap) }
                tree.insert(member, score: score)
                model.append(member)
            }
            for _ in 0..<Int.random(in: 1..<6, using: &random) where model.count > 1 {
                let one = Int.random(in: 0...model.count, using: &random)
                let size = Int.random(in: 0..<model.count, using: &random) >> Int.random(in: 0..<8, using: &random)
                let start = [0, one, model.count - size][Int.random(in: 0..<3, using: &random)]
                let range = start..<min(start + size, model.count)
                if range.count == model.count { continue }
                var shown: [ScoredMember] = []
                tree.cut(range) { row in for index in 0..<row.count { shown.append(row[index]) } }
                #expect(shown == Array(model[range]), "seed \(seed), round \(round)")
                for member in shown { member.free(to: heap) }
                model.removeSubrange(range)
                #expect(tree.checkInvariants() && tree.count == model.count, "seed \(seed), round \(round), \(range)")
            }
            var found: [ScoredMember] = []
            if tree.count > 0 { tree.forEach(in: 0..<tree.count) { member, _ in found.append(member) } }
            #expect(found == model, "seed \(seed), round \(round)")
        }
        for member in model { member.free(to: heap) }
        var budget = Int.max
        _ = tree.free(budget: &budget)
        #expect(heap.used == 0, "seed \(seed)")
    }

    @Test(arguments: [1, 2, UInt64.random(in: 5...UInt64.max)])
    func aSortedSetLosesAStretch(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed), set = SortedSetValue.empty(in: heap), model: [Int] = []
        for number in 0..<60_000 {
            "\(number)".withBytes { _ = set.add($0, score: Double(number)) }
            model.append(number)
        }
        while model.count > 100 {
            let size = Int.random(in: 0..<min(20_000, model.count), using: &random)
            let start = Int.random(in: 0...model.count - size, using: &random)
            set.remove(start..<start + size)
            model.removeSubrange(start..<start + size)
            let isWhole = set.checkInvariants() && set.count == model.count
            #expect(isWhole, "seed \(seed), \(start) \(size)")
            if let number = model.randomElement(using: &random) {
                "\(number)".withBytes { member in
                    let score = set.score(of: member)
                    #expect(score == Double(number), "seed \(seed)")
                }
            }
        }
        var budget = Int.max
        _ = set.free(budget: &budget)
        #expect(heap.used == 0, "seed \(seed)")
    }

    @Test(arguments: [1, 2, UInt64.random(in: 5...UInt64.max)])
    func aSetLosesManyMembersByChance(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed), set = SetValue.empty(in: heap), model: Set<Int64> = []
        for number in 0..<40_000 {
            "member \(number)".withBytes { _ = set.insert($0) }
            model.insert(Int64(number))
        }
        while model.count > 10 {
            let wanted = Int.random(in: 1..<model.count, using: &random) >> Int.random(in: 0..<4, using: &random)
            guard wanted > 0 else { continue }
            var popped: [Int64] = []
            set.removeRandom(wanted) { member in
                popped.append(member.withBytes { $0.dropping(first: 7).integer ?? -1 })
            }
            let isKnown = popped.allSatisfy(model.contains)
            model.subtract(popped)
            set.checkInvariants()
            let count = set.count
            #expect(popped.count == wanted && isKnown && count == model.count, "seed \(seed), \(wanted)")
        }
        var budget = Int.max
        _ = set.free(budget: &budget)
        #expect(heap.used == 0, "seed \(seed)")
    }

    /// Each member has the same chance to go, wherever its hash is.
    @Test func chanceIsEven() {
        var gone = [Int](repeating: 0, count: 4000)
        for seed in 1...60 as ClosedRange<UInt64> {
            let heap = Heap(seed: seed)
            var set = SetValue.empty(in: heap)
            for number in 0..<4000 { "member \(number)".withBytes { _ = set.insert($0) } }
            set.removeRandom(2000) { member in
                gone[Int(member.withBytes { $0.dropping(first: 7).integer ?? 0 })] += 1
            }
            var budget = Int.max
            _ = set.free(budget: &budget)
        }
        #expect(gone.reduce(0, +) == 120_000 && (gone.min() ?? 0) > 8 && (gone.max() ?? 60) < 52)
    }
}
