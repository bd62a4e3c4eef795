// Packed sets of integers against a set of the standard library. A failure names its seed.

import Testing

@testable import Engine

@Suite struct IntegerSetTests {
    @Test(arguments: [1, 2, 3, 4])
    func itHoldsWhatASetHolds(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed)
        var set = IntegerSet(in: heap)
        var model: Set<Int64> = []
        for step in 0..<8000 {
            // Wider and wider ones.
            let bits = UInt64(8 + step / 200)
            let integer = Int64(bitPattern: random.next()) >> (64 - bits)
            switch random.next() % 4 {
            case 0, 1:
                let isNew = set.insert(integer, in: heap)
                #expect(isNew == model.insert(integer).inserted, "seed \(seed)")
            case 2:
                let existing = model.randomElement(using: &random) ?? integer
                let wasThere = set.remove(existing, in: heap)
                #expect(wasThere == (model.remove(existing) != nil), "seed \(seed)")
            default: #expect(set.contains(integer) == model.contains(integer), "seed \(seed)")
            }
        }
        set.checkInvariants()
        var shown: [Int64] = []
        set.forEach { shown.append($0) }
        #expect(shown == model.sorted())
        for integer in [Int64.min, Int64.max, 0] where !model.contains(integer) {
            let isNew = set.insert(integer, in: heap)
            #expect(isNew)
        }
        set.checkInvariants()
        set.free(to: heap)
        #expect(heap.used == 0)
    }
}
