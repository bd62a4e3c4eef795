// Trimming with an eye to consumer groups, against plain arrays and sets: what is referred to stays, or is forgotten.
// The seed of a failing run is in its message.

import Testing

@testable import Engine

@Suite struct StreamReferenceTests {
    /// What one group has read and not acknowledged.
    struct Group {
        var read: UInt64 = 0
        var pending: Set<UInt64> = []

        func refers(to number: UInt64) -> Bool { number > read || pending.contains(number) }
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4...UInt64.max)])
    func trimmingKnowsWhoRefersToWhat(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        heap.limits.streamNodeEntries = 7
        var random = RandomSource(seed: seed), stream = StreamValue.empty(in: heap)
        var entries: [UInt64] = [], groups = [Group(), Group()], last: UInt64 = 0
        _ = stream.addGroup(Bytes("a"), lastID: .zero, entriesRead: 0)
        _ = stream.addGroup(Bytes("b"), lastID: .zero, entriesRead: 0)
        for step in 0..<3000 {
            let message = "seed \(seed), step \(step)", chosen = Int.random(in: 0..<2, using: &random)
            let group = stream.groups[chosen]
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                for _ in 0..<Int.random(in: 1...9, using: &random) {
                    last += 1
                    StreamValueTests.append(.init(id: StreamID(last, 0), words: ["field", "value"]), to: stream)
                    entries.append(last)
                }
            case 4..<6:
                read(entries, stream, group, &groups[chosen], most: Int.random(in: 1...20, using: &random))
            case 6..<8:
                for number in groups[chosen].pending where Bool.random(using: &random) {
                    let isThere = group.acknowledge(StreamID(number, 0), in: heap)
                    #expect(isThere, "\(message)")
                    groups[chosen].pending.remove(number)
                }
            default: trim(&entries, stream, &groups, &random, message)
            }
            let found = StreamValueTests.read(stream).map(\.id.milliseconds), isRight = stream.checkInvariants()
            #expect(found == entries && isRight, "\(message)")
            for index in 0..<2 {
                var pending: Set<UInt64> = []
                stream.groups[index].pending(in: heap).forEach { id, _ in pending.insert(id.milliseconds) }
                #expect(pending == groups[index].pending, "\(message)")
            }
        }
        var budget = Int.max
        let isFreed = stream.free(budget: &budget)
        #expect(isFreed && heap.used == 0, "seed \(seed)")
    }

    private func read(
        _ entries: [UInt64], _ stream: StreamValue, _ group: StreamGroup, _ model: inout Group, most: Int
    ) {
        let consumer = withBytes(of: [99]) { group.consumerOrNew($0, at: 0, in: stream.heap).consumer }
        for number in entries.filter({ $0 > model.read }).prefix(most) {
            stream.advance(group, to: StreamID(number, 0))
            _ = group.deliver(StreamID(number, 0), to: consumer, at: 0, in: stream.heap)
            model.read = number
            model.pending.insert(number)
        }
    }

    private func trim(
        _ entries: inout [UInt64], _ stream: StreamValue, _ groups: inout [Group], _ random: inout RandomSource,
        _ message: String
    ) {
        let length = Int.random(in: 0...max(1, entries.count), using: &random), keeps = Bool.random(using: &random)
        let first = entries.randomElement(using: &random) ?? 0, byLength = Bool.random(using: &random)
        var rest: UInt64?
        let removed = stream.trim(
            byLength ? .length(UInt64(length)) : .from(StreamID(first, 0)), wholeNodesOnly: false, limit: 0,
            keeps ? .respect : .delete, leaving: &rest)
        if let rest {
            var budget = Int.max, other = StreamValue(word: rest, heap: stream.heap)
            _ = other.free(budget: &budget)
        }
        let before = entries.count
        var left = before - length
        entries.removeAll { number in
            guard byLength ? left > 0 : number < first else { return false }
            if keeps, groups.contains(where: { $0.refers(to: number) }) { return false }
            left -= 1
            return true
        }
        #expect(removed == before - entries.count, "\(message)")
        if keeps || removed == 0 { return }
        let kept = entries.first ?? .max
        for index in 0..<2 { groups[index].pending = groups[index].pending.filter { $0 >= kept } }
    }
}
