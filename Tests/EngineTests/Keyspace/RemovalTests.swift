// What is removed counts as freed at once and is given back in small steps, whatever it was and however it went.

import Testing

@testable import Engine

@Suite struct RemovalTests {
    static let kinds: [ValueKind] = [.hash, .set, .sortedSet, .list, .stream]
    /// Elements of a large value.
    private static let count = 20_000

    /// All ways by which a key can lose its value.
    enum Way: CaseIterable { case removed, replaced, stored, expired, renamedOver, copiedOver, restoredOver, flushed }

    @Test(arguments: kinds, Way.allCases)
    func aLargeValueCountsAsFreedAtOnceAndGoesInSteps(_ kind: ValueKind, _ way: Way) throws {
        var keyspace = Keyspace(now: 0, seed: 7)
        keyspace.heap.limits.listNodeSize = 20
        keyspace.heap.limits.streamNodeEntries = 20
        try keyspace.replace(Key(Bytes("other")), with: Bytes("value"), event: .set)
        let small = keyspace.memoryUsed, empty = keyspace.heap.used
        keyspace.makeLarge(kind, RemovalTests.count)
        let full = keyspace.memoryUsed
        // Two bytes for an element that says no more than its number.
        #expect(full > small + RemovalTests.count * 2)
        try keyspace.lose(way)
        let (counted, held) = (keyspace.memoryUsed, keyspace.heap.used - empty)
        #expect(abs(counted - small) < max(8192, full / 50) && held > (full - small) * 9 / 10)
        var steps = 0, largest = 0, before = keyspace.heap.used
        while keyspace.freeSome(budget: 64) {
            largest = max(largest, before - keyspace.heap.used)
            before = keyspace.heap.used
            let off = abs(keyspace.memoryUsed - counted)
            // What waits is known well all the time, not only at the ends.
            #expect(off < max(16 << 10, full / 10))
            steps += 1
        }
        // What is begun is ended: a shard of a table, or a leaf of a tree.
        #expect(steps > 5 && largest < full / 5)
        let rest = keyspace.heap.used - empty
        #expect(abs(rest) < 2048)
        let left = keyspace.memoryUsed - small
        #expect(abs(left) < 2048)
        let counts = (keyspace.removed.pendingCount, keyspace.removed.freedCount)
        #expect(counts.0 == 0 && counts.1 == (way == .flushed ? 2 : 1))
        keyspace.checkInvariants()
    }

    @Test func manyValuesOfAFewBlocksShareWhatATurnMayFree() throws {
        var keyspace = Keyspace(now: 0, seed: 7)
        let empty = keyspace.heap.used
        for number in 0..<1000 { keyspace.makeLarge(.hash, 60, at: "key:\(number)", deadline: 10) }
        let full = keyspace.heap.used - empty
        _ = keyspace.freeSome(budget: 1)
        keyspace.now = 20
        while keyspace.expireDueKeys(budget: 2000) {}
        let held = keyspace.heap.used - empty, counts = (keyspace.count, keyspace.expiredCount)
        #expect(counts == (0, 1000))
        // A few thousand of 60,000 blocks have gone with the keys.
        #expect(held > full * 3 / 4)
        let counted = keyspace.memoryUsed
        #expect(counted < 4096)
        while keyspace.freeSome(budget: 1000) {}
        let rest = keyspace.heap.used - empty
        #expect(rest < 8192)
    }

    @Test func memoryIsGivenBackFasterWhereItIsShort() throws {
        var keyspace = Keyspace(now: 0, seed: 7), freed: [Int] = []
        for limit in [Int.max, 0] {
            keyspace.memoryToHold = limit
            keyspace.makeLarge(.set, 20_000)
            _ = keyspace.remove(Key(Bytes("large")))
            let before = keyspace.heap.used
            keyspace.freeSome(budget: 1000)
            freed.append(before - keyspace.heap.used)
            while keyspace.freeSome(budget: 1000) {}
        }
        #expect(freed[1] > freed[0] * 3)
    }
}

extension Keyspace {
    /// Gives a key a value of so many elements.
    mutating func makeLarge(_ kind: ValueKind, _ count: Int, at name: String = "large", deadline: Int64? = nil) {
        let key = [UInt8](name.utf8)
        withBytes(of: key) { key in
            do throws(CommandError) {
                for number in 0..<count { try add(number, to: Key(key), kind) }
                if let deadline { _ = try setDeadline(of: Key(key), to: deadline) }
            } catch { Issue.record("\(error)") }
        }
    }

    private mutating func add(_ number: Int, to key: Key, _ kind: ValueKind) throws(CommandError) {
        let text = [UInt8]("element:\(number)".utf8)
        var failure: CommandError?
        withBytes(of: text) { text in
            do throws(CommandError) {
                switch kind {
                case .hash:
                    try update(key, as: HashValue.self, ifMissing: .create, event: .hset) { value in
                        // Far more than a small form may hold.
                        value.prepare(addingFields: 1000, longestSize: 0)
                        return value.set(text, to: text) ? 1 : 0
                    }
                case .set:
                    try update(key, as: SetValue.self, ifMissing: .create, event: .sadd) { $0.insert(text) ? 1 : 0 }
                case .sortedSet:
                    try update(key, as: SortedSetValue.self, ifMissing: .create, event: .zadd) { value in
                        value.add(text, score: Double(number))
                        return 1
                    }
                case .list:
                    try update(key, as: ListValue.self, ifMissing: .create, event: .rpush) { value in
                        value.prepare(forSize: text.count, count: 1)
                        value.push(text, at: .tail)
                        return 1
                    }
                default:
                    try update(key, as: StreamValue.self, ifMissing: .create, event: .xadd) { value in
                        let entry = StreamValueTests.Entry(
                            id: StreamID(UInt64(number + 1), 0), words: ["field", text.text])
                        StreamValueTests.append(entry, to: value)
                        return 1
                    }
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    fileprivate mutating func lose(_ way: RemovalTests.Way) throws(CommandError) {
        let key = Bytes("large"), other = Bytes("other")
        switch way {
        case .removed: _ = remove(Key(key))
        case .replaced: try replace(Key(key), with: other, event: .set)
        case .stored: store(Key(key), SetValue.empty(in: heap), event: .sunionstore)
        case .expired:
            _ = try setDeadline(of: Key(key), to: now + 5)
            now += 10
            _ = expireDueKeys(budget: 10)
        case .renamedOver: _ = rename(Key(other), to: Key(key), replacing: true)
        case .copiedOver: _ = copy(Key(other), to: Key(key), in: 0, replacing: true)
        case .restoredOver: restore(Key(key), .bytes(other, []), deadline: .never, accessClock: nil)
        case .flushed: flush()
        }
    }
}
