// The table of tracked keys beside a plain dictionary.

import Testing

@testable import Engine

@Suite struct TrackedKeysTests {
    @Test(arguments: [1, 2, UInt64.random(in: 3 ... .max)])
    func itRemembersWhatADictionaryRemembers(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        let heap = Heap(seed: seed)
        let before = heap.used
        var tracked = TrackedKeys()
        var model: [[UInt8]: Set<UInt64>] = [:]
        tracked.isWanted = true
        for _ in 0..<3000 {
            let number = random.next() % 40
            let key = [UInt8](repeating: UInt8(number), count: Int(number) * (number % 7 == 0 ? 50 : 1))
            let (reader, isRead) = (random.next() % 30, random.next() % 5 != 0)
            withBytes(of: key) { bytes in
                let hash = heap.hash(bytes)
                if isRead {
                    tracked.remember(bytes, hash, reader: reader, in: heap)
                } else {
                    _ = tracked.markChanged(bytes, hash, byTime: false)
                }
            }
            if isRead {
                model[key, default: []].insert(reader)
            } else {
                let told = tracked.takePending()
                #expect(told.map { Set($0.readers) } == (model.removeValue(forKey: key).map { [$0] } ?? []))
            }
            if random.next() % 100 == 0, let gone = tracked.takeAny() {
                #expect(model.removeValue(forKey: gone.key ?? []) == Set(gone.readers))
            }
            #expect(tracked.keyCount == model.count)
            #expect(tracked.readerCount == model.values.reduce(0) { $0 + $1.count })
            tracked.checkInvariants()
        }
        tracked.forgetAll()
        while tracked.freeSome(budget: 16) {}
        #expect(tracked.keyCount == 0)
        #expect(heap.used == before)
    }

    @Test func manyReadersOfOneKeyAreToldOnceEach() {
        let heap = Heap(seed: 1)
        var tracked = TrackedKeys()
        let key = Array("key".utf8)
        withBytes(of: key) { bytes in
            let hash = heap.hash(bytes)
            for reader in (1...1000).reversed() {
                tracked.remember(bytes, hash, reader: UInt64(reader), in: heap)
                tracked.remember(bytes, hash, reader: UInt64(reader), in: heap)
            }
            _ = tracked.markChanged(bytes, hash, byTime: false)
        }
        #expect(tracked.takePending().first?.readers == Array(1...1000))
    }
}
