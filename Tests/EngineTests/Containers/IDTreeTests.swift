// Trees of numbers against sorted arrays. The seed of a failing run is in its message.

import Testing

@testable import Engine

@Suite struct IDTreeTests {
    /// A tree whose head is a record of its own.
    struct Owner {
        let heap: Heap
        let record: WordRecord
        var tree: IDTree { record.tree(1, in: heap) }

        init(seed: UInt64) {
            heap = Heap(seed: seed)
            record = WordRecord(words: 1 + IDTree.headWords, name: Bytes(""), in: heap)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, UInt64.random(in: 6...UInt64.max)])
    func theTreeIsInOrderWhateverComesAndGoes(_ seed: UInt64) {
        let owner = Owner(seed: seed), tree = owner.tree
        var random = RandomSource(seed: seed), model: [(id: StreamID, word: UInt64)] = []
        // Some trees only grow at their end, some everywhere; some lose keys at their beginning.
        let isAppending = seed % 3 == 0, width = [4, 1000, UInt64.max][Int(seed % 3)]
        for step in 0..<30_000 {
            let chance = Int.random(in: 0..<10, using: &random)
            let phase = step < 10_000 ? 8 : step < 20_000 ? 5 : 1
            if model.isEmpty && step > 29_000 { break }
            if chance < phase || model.isEmpty {
                let id =
                    isAppending
                    ? StreamID(UInt64(step), 0)
                    : StreamID(
                        UInt64.random(in: 0...width, using: &random), UInt64.random(in: 0...UInt64.max, using: &random))
                let index = IDTreeTests.index(of: id, in: model)
                let isNew = index == model.count || model[index].id != id
                #expect(tree.insert(id, UInt64(step)) == isNew, "seed \(seed), step \(step)")
                if isNew { model.insert((id, UInt64(step)), at: index) }
            } else {
                let index = chance < 9 && seed % 2 == 0 ? 0 : Int.random(in: 0..<model.count, using: &random)
                #expect(tree.remove(model[index].id) == model[index].word, "seed \(seed), step \(step)")
                #expect(tree.remove(model[index].id) == nil)
                model.remove(at: index)
            }
            if step % 97 == 0 || step % 1000 > 995 {
                #expect(tree.checkInvariants(), "seed \(seed), step \(step)")
                compare(tree, model, &random, "seed \(seed), step \(step)")
            }
        }
        #expect(tree.checkInvariants() && tree.count == model.count, "seed \(seed)")
        var budget = 50, freed = 0
        while !tree.free(budget: &budget, { _ in freed += 1 }) { budget = 50 }
        #expect(freed == model.count && tree.memoryUsage == 0 && tree.isEmpty, "seed \(seed)")
        owner.record.free(to: owner.heap)
        #expect(owner.heap.used == 0, "seed \(seed)")
    }

    static func index(of id: StreamID, in model: [(id: StreamID, word: UInt64)]) -> Int {
        var low = 0, high = model.count
        while low < high {
            let middle = (low + high) / 2
            if model[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func compare(
        _ tree: IDTree, _ model: [(id: StreamID, word: UInt64)], _ random: inout RandomSource, _ message: String
    ) {
        var place = tree.first, index = 0
        while let here = place, index < model.count {
            if here.id != model[index].id || here.word != model[index].word { break }
            (place, index) = (here.next, index + 1)
        }
        #expect(place == nil && index == model.count, "\(message)")
        (place, index) = (tree.last, model.count)
        while let here = place, index > 0, here.id == model[index - 1].id {
            (place, index) = (here.previous, index - 1)
        }
        #expect(place == nil && index == 0, "\(message)")
        for _ in 0..<20 {
            guard let some = model.randomElement(using: &random)?.id else { break }
            let id = [some, some.successor ?? some, some.predecessor ?? some, .zero, .largest][
                Int.random(in: 0..<5, using: &random)]
            let index = IDTreeTests.index(of: id, in: model)
            let isThere = index < model.count && model[index].id == id
            #expect(tree.find(id)?.word == (isThere ? model[index].word : nil), "\(message)")
            #expect(tree.ceiling(id)?.id == (index < model.count ? model[index].id : nil), "\(message)")
            let floor = isThere ? id : index > 0 ? model[index - 1].id : nil
            #expect(tree.floor(id)?.id == floor, "\(message)")
        }
    }

    @Test func keysThatOnlyGrowLeaveFullLeavesBehind() {
        let owner = Owner(seed: 7)
        for index in 0..<100_000 { #expect(owner.tree.insert(StreamID(UInt64(index), 0), 1)) }
        #expect(owner.tree.memoryUsage < 100_000 * 27)
        #expect(owner.tree.checkInvariants())
        var budget = Int.max
        _ = owner.tree.free(budget: &budget) { _ in }
    }

    @Test func theNeighboursOfNumbersEndAtTheEnds() {
        #expect(StreamID.largest.successor == nil && StreamID.zero.predecessor == nil)
        #expect(StreamID(1, .max).successor == StreamID(2, 0) && StreamID(2, 0).predecessor == StreamID(1, .max))
        #expect(StreamID(1, 5) < StreamID(2, 0) && StreamID(1, 5) < StreamID(1, 6) && StreamID(1, 5) == StreamID(1, 5))
    }
}
