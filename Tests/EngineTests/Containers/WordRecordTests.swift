// Records and rows of names against a sorted array.

import Testing

@testable import Engine

@Suite struct WordRecordTests {
    struct Named: NamedRecord { let record: WordRecord }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func rowsKeepNamesInOrder(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        var random = RandomSource(seed: seed), row = NameRow<Named>(word: 0), model: [[UInt8]] = []
        for step in 0..<4000 {
            let name = (0..<Int.random(in: 0...10, using: &random)).map { _ in UInt8.random(in: 0...3, using: &random) }
            let isThere = model.contains(name)
            if Int.random(in: 0..<10, using: &random) < (step < 2500 ? 7 : 2) {
                let record = withBytes(of: name) { WordRecord(words: 3, name: $0, in: heap) }
                record[2] = UInt64(step)
                #expect(row.insert(Named(record: record), in: heap) != isThere, "seed \(seed), step \(step)")
                if isThere { record.free(to: heap) } else { model.append(name) }
            } else {
                let removed = withBytes(of: name) { row.remove($0, in: heap) }
                #expect((removed != nil) == isThere, "seed \(seed), step \(step)")
                removed?.record.free(to: heap)
                model.removeAll { $0 == name }
            }
            guard step % 50 == 0 else { continue }
            model.sort { $0.lexicographicallyPrecedes($1) }
            let names = (0..<row.count).map { row[$0].record.name.array }
            #expect(names == model, "seed \(seed), step \(step)")
            for name in model { #expect(withBytes(of: name) { row.find($0)?.record.name.array } == name) }
        }
        while let last = row.removeLast(in: heap) { last.record.free(to: heap) }
        #expect(heap.used == 0 && row.word == 0, "seed \(seed)")
    }
}
