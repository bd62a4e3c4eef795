// Removing most of a large value leaves the rest as it would be, and what is detached can be given back in steps.

import Testing

@testable import Engine

@Suite struct DetachingTests {
    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2, 3])
    func aListKeepsWhatIsNotDetached(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for _ in 0..<12 {
            let heap = Heap(seed: seed)
            heap.limits.listNodeSize = Int.random(in: 1...9, using: &random)
            var list = ListValue.empty(in: heap), model: [Int] = []
            for number in 0..<Int.random(in: 1...6000, using: &random) {
                "\(number)".withBytes {
                    list.prepare(forSize: $0.count, count: 1)
                    list.push($0, at: .tail)
                }
                model.append(number)
            }
            while !model.isEmpty {
                let one = Int.random(in: 0...model.count, using: &random)
                let other = Int.random(in: 0...model.count, using: &random)
                let whole = Int.random(in: 0..<4, using: &random) == 0
                let range = whole ? 0..<model.count : min(one, other)..<max(one, other)
                let rest = list.detach(range)
                model.removeSubrange(range)
                var found: [Int] = []
                list.forEach(in: 0..<list.count) { element in found.append(Int(element.integer ?? -1)) }
                let isRight = list.checkInvariants()
                #expect(isRight && found == model, "seed \(seed)")
                if let rest {
                    var detached = ListValue(word: rest, heap: heap), budget = 7
                    let isWhole = detached.checkInvariants()
                    #expect(isWhole, "seed \(seed)")
                    while !detached.free(budget: &budget) { budget = 7 }
                }
            }
            var budget = Int.max
            _ = list.free(budget: &budget)
            #expect(heap.used == 0, "seed \(seed)")
        }
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2, 3])
    func aSortedSetKeepsWhatIsNotDetached(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for _ in 0..<12 {
            let heap = Heap(seed: seed), count = Int.random(in: 1...6000, using: &random)
            var set = SortedSetValue.empty(in: heap), model = Array(0..<count)
            for number in 0..<count { "\(number)".withBytes { _ = set.add($0, score: Double(number)) } }
            let kept = Int.random(in: 0...count / 3, using: &random), before = Int.random(in: 0...kept, using: &random)
            let range = before..<count - (kept - before)
            let rest = set.detach(range)
            model.removeSubrange(range)
            var found: [Int] = []
            set.forEach { member, score in if Int(member.integer ?? -1) == Int(score) { found.append(Int(score)) } }
            let isRight = set.checkInvariants() && set.count == model.count
            #expect(isRight && found == model, "seed \(seed)")
            var budget = 7
            if let rest {
                var detached = SortedSetValue(word: rest, heap: heap)
                while !detached.free(budget: &budget) { budget = 7 }
            }
            while !set.free(budget: &budget) { budget = 7 }
            #expect(heap.used == 0, "seed \(seed)")
        }
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2, 3])
    func aStreamKeepsWhatIsNotTrimmed(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for byLength in [true, false] {
            let heap = Heap(seed: seed)
            heap.limits.streamNodeEntries = Int.random(in: 1...5, using: &random)
            let count = Int.random(in: 1...6000, using: &random), kept = Int.random(in: 0...count / 3, using: &random)
            var stream = StreamValue.empty(in: heap), model: [StreamValueTests.Entry] = []
            for number in 1...count {
                let entry = StreamValueTests.Entry(id: StreamID(UInt64(number), 0), words: ["field", "\(number)"])
                StreamValueTests.append(entry, to: stream)
                model.append(entry)
            }
            for number in stride(from: 1, to: count, by: 7) where stream.delete(StreamID(UInt64(number), 0)) {
                model.removeAll { $0.id.milliseconds == UInt64(number) }
            }
            stream.updateFirstID()
            let left = model.suffix(min(kept, model.count)), first = left.first?.id ?? StreamID(UInt64(count + 1), 0)
            var rest: UInt64?
            let removed = stream.trim(
                byLength ? .length(UInt64(left.count)) : .from(first), wholeNodesOnly: false, limit: 0, leaving: &rest)
            let isRight = stream.checkInvariants()
            #expect(isRight && removed == model.count - left.count, "seed \(seed)")
            #expect(StreamValueTests.read(stream).map(\.id) == left.map(\.id), "seed \(seed)")
            var budget = 7
            if let rest {
                var detached = StreamValue(word: rest, heap: heap)
                while !detached.free(budget: &budget) { budget = 7 }
            }
            while !stream.free(budget: &budget) { budget = 7 }
            #expect(heap.used == 0, "seed \(seed)")
        }
    }

    @Test(arguments: [true, false])
    func groupsAndConsumersAreDetachedWithWhatIsPending(_ wholeGroup: Bool) {
        let heap = Heap(seed: 7)
        var stream = StreamValue.empty(in: heap), rest: UInt64?
        let name = Bytes("name")
        if let group = stream.addGroup(name, lastID: .zero, entriesRead: 0),
            let consumer = group.addConsumer(name, at: 0, in: heap)
        {
            for number in 1...5000 { _ = group.deliver(StreamID(UInt64(number), 0), to: consumer, at: 0, in: heap) }
            if wholeGroup {
                let isGone = stream.removeGroup(name, leaving: &rest)
                #expect(isGone)
            } else {
                #expect(group.removeConsumer(name, in: heap, leaving: &rest) == 5000)
            }
        }
        let isRight = stream.checkInvariants() && stream.memoryUsage < 2000
        #expect(isRight && rest != nil)
        var budget = 100, steps = 0
        if let rest {
            var detached = StreamValue(word: rest, heap: heap)
            while !detached.free(budget: &budget) { (budget, steps) = (100, steps + 1) }
        }
        #expect(steps > 20)
        while !stream.free(budget: &budget) { budget = 100 }
        #expect(heap.used == 0)
    }
}

/// The same changes where nobody minds how long they take.
extension StreamValue {
    func trim(_ trim: StreamTrim, wholeNodesOnly: Bool, limit: Int64) -> Int {
        var rest: UInt64?
        defer { StreamValue.free(rest, heap) }
        return self.trim(trim, wholeNodesOnly: wholeNodesOnly, limit: limit, leaving: &rest)
    }

    func removeGroup(_ name: Bytes) -> Bool {
        var rest: UInt64?
        defer { StreamValue.free(rest, heap) }
        return removeGroup(name, leaving: &rest)
    }

    fileprivate static func free(_ rest: UInt64?, _ heap: Heap) {
        guard let rest else { return }
        var stream = StreamValue(word: rest, heap: heap), budget = Int.max
        _ = stream.free(budget: &budget)
    }
}

extension StreamGroup {
    func removeConsumer(_ name: Bytes, in heap: Heap) -> Int? {
        var rest: UInt64?
        defer { StreamValue.free(rest, heap) }
        return removeConsumer(name, in: heap, leaving: &rest)
    }
}
