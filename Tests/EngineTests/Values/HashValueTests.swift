// Hashes against a dictionary, through their change of form. A failure names its seed.

import Testing

@testable import Engine

@Suite struct HashValueTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6])
    func itHoldsWhatADictionaryHolds(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        if seed > 4 { heap.limits.hashEntries = 4 }
        var random = RandomSource(seed: seed)
        var model: [[UInt8]: [UInt8]] = [:]
        var hash = HashValue.empty(in: heap)
        // Odd seeds stay below the thresholds, even ones cross them.
        let range: UInt64 = seed % 2 == 1 ? 200 : 1500
        for step in 0..<6000 {
            let field = words(random.next() % range, &random)
            switch random.next() % 8 {
            case 0...3:
                let value = words(random.next(), &random, isLong: seed % 2 == 0)
                let isNew = Bytes.view(field) { field in Bytes.view(value) { hash.set(field, to: $0) } }
                #expect(isNew == (model.updateValue(value, forKey: field) == nil), "seed \(seed), step \(step)")
            case 4, 5:
                let wasThere = Bytes.view(field) { hash.remove($0) }
                #expect(wasThere == (model.removeValue(forKey: field) != nil), "seed \(seed), step \(step)")
            default:
                let found = Bytes.view(field) { hash.value(of: $0)?.withBytes { $0.array } }
                #expect(found == model[field], "seed \(seed), step \(step)")
            }
            let count = hash.count
            #expect(count == model.count)
        }
        hash.checkInvariants()
        expectContents(hash, model, seed)
        var copy = hash.copied()
        expectContents(copy, model, seed)
        free(&hash)
        copy.checkInvariants()
        expectContents(copy, model, seed)
        free(&copy)
        #expect(heap.used == 0)
    }

    private func expectContents(_ hash: borrowing HashValue, _ model: [[UInt8]: [UInt8]], _ seed: UInt64) {
        var shown: [[UInt8]: [UInt8]] = [:]
        hash.forEach { shown[$0.field.withBytes { $0.array }] = $0.value.withBytes { $0.array } }
        #expect(shown == model, "seed \(seed)")
        var scanned: [[UInt8]: [UInt8]] = [:]
        var cursor: UInt64 = 0
        repeat {
            cursor = hash.scan(cursor, count: 10) {
                scanned[$0.field.withBytes { $0.array }] = $0.value.withBytes { $0.array }
            }
        } while cursor != 0
        #expect(scanned == model, "seed \(seed)")
        for count in [0, 1, 5, model.count / 2, model.count, model.count + 5] {
            var sampled: Set<[UInt8]> = []
            hash.sample(count) { sampled.insert($0.field.withBytes { $0.array }) }
            #expect(sampled.count == min(count, model.count) && sampled.isSubset(of: model.keys))
        }
        for _ in 0..<20 where !model.isEmpty {
            let element = hash.randomElement()
            let pair = (element.field.withBytes { $0.array }, element.value.withBytes { $0.array })
            #expect(model[pair.0] == pair.1)
        }
    }

    private func free(_ hash: inout HashValue) {
        var budget = 50
        while !hash.free(budget: &budget) { budget = 50 }
    }

    /// Sometimes a number, sometimes text, sometimes longer than a small hash keeps.
    private func words(_ number: UInt64, _ random: inout RandomSource, isLong: Bool = false) -> [UInt8] {
        if number % 3 == 0 { return Array("\(Int64(truncatingIfNeeded: number))".utf8) }
        let filler = isLong ? [0, 50, 100, 300][Int(random.next() % 4)] : 0
        return Array("text \(number)".utf8) + [UInt8](repeating: 120, count: filler)
    }

    @Test func itTakesTheLargeFormAtRedissThresholds() {
        let heap = Heap(seed: 1)
        var hash = HashValue.empty(in: heap)
        for number in 0..<512 { "f\(number)".withBytes { _ = hash.set($0, to: 1) } }
        #expect("\(hash.encoding)" == "listpack")
        "f512".withBytes { _ = hash.set($0, to: 1) }
        #expect("\(hash.encoding)" == "hashtable")
        free(&hash)
        for (size, encoding) in [(64, "listpack"), (65, "hashtable")] {
            let text = String(repeating: "x", count: size)
            hash = HashValue.empty(in: heap)
            text.withBytes { _ = hash.set($0, to: Bytes("1")) }
            #expect("\(hash.encoding)" == encoding)
            free(&hash)
            hash = HashValue.empty(in: heap)
            text.withBytes { _ = hash.set(Bytes("1"), to: $0) }
            #expect("\(hash.encoding)" == encoding)
            free(&hash)
        }
        #expect(heap.used == 0)
    }

    @Test func itIsAsSmallAsPromised() {
        let heap = Heap(seed: 1)
        var small = HashValue.empty(in: heap)
        for number in 0..<10 {
            "field\(number)".withBytes { field in "value\(number)".withBytes { _ = small.set(field, to: $0) } }
        }
        #expect(small.memoryUsage <= 136)
        free(&small)
        var large = HashValue.empty(in: heap)
        let count = 100_000
        for number in 0..<count {
            "\(1_000_000 + number)-suffix-x".withBytes { field in _ = large.set(field, to: field) }
        }
        #expect(large.memoryUsage <= count * 56)
        #expect(large.memoryUsage == heap.used)
        free(&large)
        #expect(heap.used == 0)
    }
}
