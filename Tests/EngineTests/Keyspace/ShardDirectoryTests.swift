// What the table promises beyond finding keys: it gives memory back, and SCAN skips nothing while it grows and shrinks.

import Testing

@testable import Engine

@Suite struct ShardDirectoryTests {
    @Test func theTableShrinksWhenKeysGo() throws {
        var keyspace = Keyspace(now: 0, seed: 7)
        let emptyMemory = keyspace.heap.used
        for number in 0..<30_000 { try set(number, &keyspace) }
        for number in 0..<30_000 where number % 100 != 0 { remove(number, &keyspace) }
        keyspace.checkInvariants()
        let (count, grown) = (keyspace.count, keyspace.heap.used - emptyMemory)
        // Entries of 24 bytes, sparse shards, and the directory.
        #expect(count == 300 && grown < 300 * 24 + 300 * 40 + 4096)
        for number in 0..<30_000 { remove(number, &keyspace) }
        let rest = keyspace.heap.used - emptyMemory
        #expect(rest < 8192)
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2, 3])
    func aScanShowsEveryKeyThatStaysThroughGrowthAndShrinking(_ seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        var keyspace = Keyspace(now: 0, seed: seed)
        for number in 0..<2000 { try set(number, &keyspace) }
        for grows in [true, false, true] {
            var seen: [Int: Int] = [:], cursor: UInt64 = 0, next = 10_000
            repeat {
                cursor = keyspace.scan(cursor, count: Int.random(in: 1...40, using: &random)) { key, _ in
                    seen[Int(String(decoding: key.array, as: UTF8.self).dropFirst(4)) ?? -1, default: 0] += 1
                }
                let isSmall = cursor < 1 << 53
                #expect(isSmall)
                for _ in 0..<60 {
                    if grows { try set(next, &keyspace) } else { remove(10_000 + (next - 10_000) % 7000, &keyspace) }
                    next += 1
                }
            } while cursor != 0
            let missing = (0..<2000).filter { seen[$0] == nil }
            #expect(missing.isEmpty, "seed \(seed)")
            let repeats = (0..<2000).reduce(0) { $0 + (seen[$1] ?? 1) - 1 }
            #expect(repeats < 100, "seed \(seed)")
            keyspace.checkInvariants()
        }
    }

    /// As they come when a file is read that the same process has written.
    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2, 3])
    func keysMayComeInTheOrderOfTheirHashes(_ seed: UInt64) throws {
        for round in 0..<4 {
            var keyspace = Keyspace(now: 0, seed: seed &+ UInt64(round))
            let heap = keyspace.heap, count = 5000 + 1000 * round
            var hashes: [(hash: UInt64, number: Int)] = []
            for number in 0..<count {
                let name = key(number)
                hashes.append((heap.hash(name.contents), number))
            }
            hashes.sort { $0.hash < $1.hash }
            for entry in round % 2 == 0 ? hashes : hashes.reversed() { try set(entry.number, &keyspace) }
            let found = keyspace.count
            #expect(found == count, "seed \(seed)")
            keyspace.checkInvariants()
        }
    }

    /// As a file says how many keys it has: rightly, too many, or too few; in any order.
    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2, 3])
    func keysMayBeExpected(_ seed: UInt64) throws {
        for (expected, count) in [(20_000, 20_000), (1_000_000, 3000), (1000, 20_000), (60_000, 20_000)] {
            for isOrdered in [false, true] {
                var keyspace = Keyspace(now: 0, seed: seed)
                let heap = keyspace.heap, before = heap.used
                var numbers = Array(0..<count)
                if isOrdered {
                    let hashes = numbers.map { number in
                        let name = key(number)
                        return heap.hash(name.contents)
                    }
                    numbers.sort { hashes[$0] < hashes[$1] }
                }
                keyspace.expect(keys: expected)
                let empty = heap.used - before
                for number in numbers.prefix(count / 2) { try set(number, &keyspace) }
                keyspace.checkInvariants()
                for number in numbers.suffix(count / 2) { try set(number, &keyspace) }
                keyspace.endExpectations()
                keyspace.checkInvariants()
                let (found, grown) = (keyspace.count, heap.used - before)
                #expect(empty == 0 && found == count, "seed \(seed)")
                // Entries of 24 bytes, and shards: for what is expected, but never more than sixteen for one.
                let most = min(max(expected, count) * 14, count * 180) + (256 << 10)
                #expect(grown < count * 24 + most, "seed \(seed): \(grown) bytes for \(count), \(expected) expected")
                for number in 0..<count { remove(number, &keyspace) }
                keyspace.checkInvariants()
            }
        }
    }

    @Test func whatIsFlushedCountsAsFreedAtOnce() throws {
        var keyspace = Keyspace(now: 0, seed: 7)
        for number in 0..<20_000 { try set(number, &keyspace) }
        let full = keyspace.memoryUsed
        keyspace.flush()
        let flushed = keyspace.memoryUsed, held = keyspace.heap.used
        #expect(full > 400_000 && flushed < 20_000 && held > full)
        try set(1, &keyspace)
        while keyspace.freeSome(budget: 500) {}
        let rest = keyspace.memoryUsed
        #expect(rest > 0 && rest < 2000)
        keyspace.checkInvariants()
    }

    @Test func everyKeyIsDrawnByChance() throws {
        var keyspace = Keyspace(now: 0, seed: 7)
        for number in 0..<50 { try set(number, &keyspace) }
        var drawn: [[UInt8]: Int] = [:]
        for _ in 0..<5000 { if let key = keyspace.randomKey() { drawn[key.array, default: 0] += 1 } }
        #expect(drawn.count == 50)
        let isFair = drawn.values.allSatisfy { $0 > 30 && $0 < 250 }
        #expect(isFair)
    }

    /// All shards grow at about the same time; the pages of the sizes that they leave must not stay for a few.
    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2])
    func aGrowingTableLeavesNoPagesBehind(_ seed: UInt64) throws {
        var keyspace = Keyspace(now: 0, seed: seed)
        var worst = 0, next = 0
        for step in 1...12 {
            while next < step * 20_000 {
                try set(next, &keyspace)
                next += 1
            }
            // A size has a page that is not full, and each of the others may have a quarter to spare.
            let spare = keyspace.heap.report().classes.filter { $0.size >= 1024 }.reduce(0) { sum, sizes in
                let needed = (sizes.live * sizes.size * 4 / 3 + PageSupply.pageSize - 1) / PageSupply.pageSize
                return sum + max(0, sizes.pages - needed - 1)
            }
            worst = max(worst, spare)
        }
        #expect(worst <= 8, "seed \(seed)")
        keyspace.checkInvariants()
    }

    private func set(_ number: Int, _ keyspace: inout Keyspace) throws {
        let name = key(number)
        try keyspace.replace(Key(name.contents), with: Bytes("v"), event: .set)
    }

    private func remove(_ number: Int, _ keyspace: inout Keyspace) {
        let name = key(number)
        _ = keyspace.remove(Key(name.contents))
    }

    private func key(_ number: Int) -> Buffer {
        var name = Buffer()
        name.append("key:")
        name.append(decimal: Int64(number))
        return name
    }
}
