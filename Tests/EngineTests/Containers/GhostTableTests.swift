// Keys that are gone and remembered, against a dictionary. The table may forget; it must not invent.

import Testing

@testable import Engine

@Suite struct GhostTableTests {
    @Test(arguments: [1, 2, 3]) func whatItRemembersIsTrue(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed)
        var table = GhostTable(in: heap)
        table.reset(capacity: 5000)
        var model: [UInt64: UInt16] = [:]
        var found = 0, lost = 0, invented = 0, forgotten = 0
        for _ in 0..<20_000 {
            let hash = random.next(), mark = UInt16(truncatingIfNeeded: random.next())
            if table.insert(hash, mark: mark) != nil { forgotten += 1 }
            model[hash] = mark
            guard random.next() % 2 == 0, let (other, expected) = model.randomElement(using: &random) else { continue }
            model[other] = nil
            switch table.take(other) {
            case expected?: found += 1
            case nil: lost += 1
            default: invented += 1
            }
            if table.take(random.next()) != nil { invented += 1 }
        }
        #expect(found > lost / 10 && forgotten > 0, "seed \(seed): \(found) \(lost) \(forgotten)")
        // Sixteen in a row may each be taken for another one of 65,536.
        #expect(invented < 30, "seed \(seed): \(invented)")
        table.reset(capacity: 0)
        #expect(heap.used == 0)
    }

    @Test func theLatestAreRemembered() {
        let heap = Heap(seed: 4)
        var random = RandomSource(seed: 4)
        var table = GhostTable(in: heap)
        table.reset(capacity: 4096)
        let hashes = (0..<20_000).map { _ in random.next() }
        for hash in hashes { _ = table.insert(hash, mark: 7) }
        let known = hashes.suffix(2000).count { table.take($0) == 7 }
        #expect(known > 1800)
        let again = hashes.suffix(2000).count { table.take($0) == 7 }
        #expect(again < 10)
        table.reset(capacity: 0)
    }
}
