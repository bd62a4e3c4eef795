// Sets against a set of the standard library, through their three forms. A failure names its seed.

import Testing

@testable import Engine

@Suite struct SetValueTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
    func itHoldsWhatASetHolds(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed)
        var model: Set<[UInt8]> = []
        var set = SetValue.empty(in: heap)
        let range: UInt64 = [50, 300, 100, 2000, 600, 5000, 130, 1000][Int(seed - 1)]
        for step in 0..<5000 {
            let member = word(random.next() % range, &random, integersOnly: seed % 2 == 1)
            switch random.next() % 8 {
            case 0...3:
                let isNew = Bytes.view(member) { set.insert($0) }
                #expect(isNew == model.insert(member).inserted, "seed \(seed), step \(step)")
            case 4, 5:
                let wasThere = Bytes.view(member) { set.remove($0) }
                #expect(wasThere == (model.remove(member) != nil), "seed \(seed), step \(step)")
            case 6 where random.next() % 50 == 0 && model.count > 1:
                let removed = 1 + Int(random.next() % UInt64(model.count - 1))
                var seen: [[UInt8]] = []
                set.removeRandom(removed) { seen.append($0.withBytes { $0.array }) }
                #expect(seen.count == removed && Set(seen).count == removed, "seed \(seed), step \(step)")
                #expect(model.isSuperset(of: seen), "seed \(seed), step \(step)")
                model.subtract(seen)
                set.checkInvariants()
            case 6 where random.next() % 5 == 0 && !model.isEmpty:
                var seen: [UInt8] = []
                set.removeRandom { seen = $0.withBytes { $0.array } }
                #expect(model.remove(seen) != nil, "seed \(seed), step \(step)")
            default:
                let isMember = Bytes.view(member) { set.contains($0) }
                #expect(isMember == model.contains(member), "seed \(seed), step \(step)")
            }
            let count = set.count
            #expect(count == model.count)
        }
        set.checkInvariants()
        expectContents(set, model, seed)
        var copy = set.copied()
        free(&set)
        copy.checkInvariants()
        expectContents(copy, model, seed)
        free(&copy)
        #expect(heap.used == 0)
    }

    private func expectContents(_ set: borrowing SetValue, _ model: Set<[UInt8]>, _ seed: UInt64) {
        var shown: Set<[UInt8]> = [], number = 0
        set.forEach {
            shown.insert($0.withBytes { $0.array })
            number += 1
        }
        #expect(shown == model && number == model.count, "seed \(seed)")
        var scanned: Set<[UInt8]> = []
        var cursor: UInt64 = 0
        repeat { cursor = set.scan(cursor, count: 7) { scanned.insert($0.withBytes { $0.array }) } } while cursor != 0
        #expect(scanned == model, "seed \(seed)")
        for count in [0, 1, 5, model.count / 2, model.count, model.count + 5] {
            var sampled: Set<[UInt8]> = []
            set.sample(count) { sampled.insert($0.withBytes { $0.array }) }
            #expect(sampled.count == min(count, model.count) && sampled.isSubset(of: model), "seed \(seed)")
        }
        for _ in 0..<20 where !model.isEmpty {
            let member = set.randomMember().withBytes { $0.array }
            #expect(model.contains(member))
        }
    }

    private func free(_ set: inout SetValue) {
        var budget = 50
        while !set.free(budget: &budget) { budget = 50 }
    }

    private func word(_ number: UInt64, _ random: inout RandomSource, integersOnly: Bool) -> [UInt8] {
        if integersOnly || number % 4 == 0 {
            // Of all widths, of both signs.
            let wide = Int64(number) &* [1, -3, 70_000, 0x7FFF_FFFF_FFFF][Int(number % 4)]
            return Array("\(wide)".utf8)
        }
        return Array("m\(number)".utf8)
    }

    @Test func itChangesItsFormWhereRedisDoes() {
        let heap = Heap(seed: 1)
        expectEncoding("intset", heap, integers: 512, texts: [])
        expectEncoding("hashtable", heap, integers: 513, texts: [])
        expectEncoding("listpack", heap, integers: 0, texts: (0..<128).map { "m\($0)" })
        expectEncoding("hashtable", heap, integers: 0, texts: (0..<129).map { "m\($0)" })
        expectEncoding("listpack", heap, integers: 0, texts: [String(repeating: "x", count: 64)])
        expectEncoding("hashtable", heap, integers: 0, texts: [String(repeating: "x", count: 65)])
        expectEncoding("listpack", heap, integers: 127, texts: ["text"])
        expectEncoding("hashtable", heap, integers: 128, texts: ["text"])
        #expect(heap.used == 0)
    }

    private func expectEncoding(_ encoding: String, _ heap: Heap, integers: Int, texts: [String]) {
        var set = SetValue.empty(in: heap)
        for number in 0..<integers { "\(number)".withBytes { _ = set.insert($0) } }
        for text in texts { text.withBytes { _ = set.insert($0) } }
        #expect("\(set.encoding)" == encoding)
        free(&set)
    }

    @Test func itIsAsSmallAsPromised() {
        let heap = Heap(seed: 1)
        var set = SetValue.empty(in: heap)
        let count = 100_000
        for number in 0..<count { "\(1_000_000 + number)-suffix-x".withBytes { _ = set.insert($0) } }
        #expect(set.memoryUsage <= count * 40)
        #expect(set.memoryUsage == heap.used)
        free(&set)
        #expect(heap.used == 0)
    }
}
