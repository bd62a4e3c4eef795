// Counted trees against sorted arrays. The seed of a failing run is in its message.

import Testing

@testable import Engine

@Suite struct CountedTreeTests {
    struct Entry: Comparable {
        var score: Double, name: [UInt8], member: ScoredMember
        static func < (left: Entry, right: Entry) -> Bool {
            left.score != right.score ? left.score < right.score : left.name.lexicographicallyPrecedes(right.name)
        }
    }

    @Test(arguments: [1, 2, 3, 4, UInt64.random(in: 5...UInt64.max)])
    func theTreeIsInOrderWhateverComesAndGoes(_ seed: UInt64) {
        let heap = Heap(seed: seed), tree = CountedTree(heap: heap)
        var random = RandomSource(seed: seed)
        var model: [Entry] = []
        let distinctScores = [3, 100, 1_000_000, 1][Int(seed % 4)]
        // Growing, then changing, then shrinking to nothing, so that every way of balancing is met.
        for step in 0..<16_000 {
            let chance = Int.random(in: 0..<10, using: &random)
            let phase = step < 5000 ? 8 : step < 9000 ? 5 : 2
            if model.isEmpty && step > 15_000 { break }
            if chance < phase || model.isEmpty {
                let name = Array("member:\(step)".utf8)
                let score = seed == 2 ? Double(step) : Double(Int.random(in: 0..<distinctScores, using: &random))
                let member = ScoredMember(PackedListTests.buffer(name).contents, score: score, in: heap)
                tree.insert(member, score: score)
                let entry = Entry(score: score, name: name, member: member)
                model.insert(entry, at: CountedTreeTests.rank(entry, model))
            } else {
                let index = Int.random(in: 0..<model.count, using: &random)
                var entry = model[index]
                if chance == 9 {
                    let score = entry.score + Double(Int.random(in: -1...1, using: &random))
                    tree.move(entry.member, from: entry.score, to: score)
                    model.remove(at: index)
                    (entry.score, entry.member.score) = (score, score)
                    model.insert(entry, at: CountedTreeTests.rank(entry, model))
                } else {
                    tree.remove(entry.member, score: entry.score)
                    entry.member.free(to: heap)
                    model.remove(at: index)
                }
            }
            if step % 97 == 0 || step % 1000 > 995 {
                #expect(tree.checkInvariants(), "seed \(seed), step \(step)")
                compare(tree, model, &random, "seed \(seed), step \(step)")
            }
        }
        #expect(tree.checkInvariants() && tree.count == model.count, "seed \(seed)")
        for entry in model { entry.member.free(to: heap) }
        var budget = 5
        while !tree.free(budget: &budget) { budget = 5 }
        #expect(heap.used == 0, "seed \(seed)")
    }

    private static func rank(_ entry: Entry, _ model: [Entry]) -> Int {
        var low = 0, high = model.count
        while low < high {
            let middle = (low + high) / 2
            if model[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func compare(_ tree: CountedTree, _ model: [Entry], _ random: inout RandomSource, _ comment: Comment) {
        guard !model.isEmpty else { return }
        let index = Int.random(in: 0..<model.count, using: &random)
        #expect(tree.rank(of: model[index].member, score: model[index].score) == index, comment)
        #expect(tree.place(index).member == model[index].member, comment)
        let bound = Double(Int.random(in: 0...20, using: &random))
        #expect(tree.rank { score, _ in score < bound } == model.count { $0.score < bound }, comment)
        let range = index..<min(index + 200, model.count)
        var forwards: [ScoredMember] = [], backwards: [ScoredMember] = []
        tree.forEach(in: range) { member, _ in forwards.append(member) }
        tree.forEach(in: range, backwards: true) { member, _ in backwards.append(member) }
        #expect(forwards == model[range].map(\.member) && backwards == forwards.reversed(), comment)
    }

    @Test func appendedMembersAreDenseAndRandomOnesNotSparse() {
        let heap = Heap(seed: 1)
        var random = RandomSource(seed: 1)
        let ascending = CountedTree(heap: heap), mixed = CountedTree(heap: heap)
        let count = 20_000
        for number in 0..<count {
            let member = ScoredMember(Bytes("m"), score: 0, in: heap)
            ascending.insert(member, score: Double(number))
            mixed.insert(member, score: Double(random.next() >> 20))
        }
        let perMember = (Double(ascending.memoryUsage) / Double(count), Double(mixed.memoryUsage) / Double(count))
        print("bytes per member: ascending \(perMember.0), random \(perMember.1)")
        #expect(perMember.0 < 18.5 && perMember.1 < 23)
    }

    @Test func viewsCompareAsBytesDo() {
        var random = RandomSource(seed: 5)
        for _ in 0..<2000 {
            let left = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                UInt8.random(in: 0...1, using: &random) &* 255
            }
            var right = left
            if Bool.random(using: &random), !right.isEmpty {
                right[Int.random(in: 0..<right.count, using: &random)] ^= 0x80
            }
            if Bool.random(using: &random) { right.append(0) }
            let one = PackedListTests.buffer(left), other = PackedListTests.buffer(right)
            let isBefore = one.contents < other.contents, order = one.contents.compare(other.contents)
            #expect(isBefore == left.lexicographicallyPrecedes(right) && (order == 0) == (left == right))
        }
    }
}
