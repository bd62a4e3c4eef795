// Snapshots of large values, which are saved in parts while commands change them, rename them and take them away.

import Testing

@testable import Engine

/// A few large containers, and what may happen to them.
private struct LargeValuesModel: ~Copyable {
    var keyspace: Keyspace
    var random: RandomSource
    var expected: SnapshotContents?
    var found = SnapshotContents()
    var completed = 0, largeCount = 0

    init(seed: UInt64) {
        keyspace = Keyspace(now: 1000, seed: seed, databaseCount: 3)
        random = RandomSource(seed: seed)
    }

    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    mutating func element() -> [UInt8] {
        Array("element \(number(0..<6000))".utf8) + [UInt8](repeating: 120, count: number(0..<40))
    }

    /// Puts an element into the container with this key, or takes one out. The key says of which kind it is.
    mutating func change(_ key: Int, adding: Bool) {
        let element = element(), score = Double(number(0..<1000)), index = number(0..<100)
        withBytes(of: Array("key \(key)".utf8)) { key in
            withBytes(of: element) { bytes in
                try? change(Key(key), bytes, score, index, adding)
            }
        }
    }

    private mutating func change(
        _ key: Key, _ bytes: Bytes, _ score: Double, _ index: Int, _ adding: Bool
    ) throws(CommandError) {
        switch key.bytes[key.bytes.count - 1] % 4 {
        case 0:
            try keyspace.update(key, as: HashValue.self, ifMissing: .create, event: .hset) {
                if adding { _ = $0.set(bytes, to: bytes) } else { _ = $0.remove(bytes) }
                return 1
            }
        case 1:
            try keyspace.update(key, as: SetValue.self, ifMissing: .create, event: .sadd) {
                (adding ? $0.insert(bytes) : $0.remove(bytes)) ? 1 : 0
            }
        case 2:
            try keyspace.update(key, as: SortedSetValue.self, ifMissing: .create, event: .zadd) {
                if adding { _ = $0.add(bytes, score: score) } else { _ = $0.remove(bytes) }
                return 1
            }
        default:
            try keyspace.update(key, as: ListValue.self, ifMissing: .create, event: .rpush) {
                if adding {
                    $0.push(bytes, at: score < 500 ? .head : .tail)
                } else if $0.count > 0 {
                    $0.remove(index % $0.count..<(index % $0.count + 1))
                }
                return 1
            }
        }
    }

    mutating func step(_ seed: UInt64) {
        let key = number(0..<8), other = number(0..<8)
        switch number(0..<100) {
        case 0:
            let size = number(0..<2) == 0 ? 4000 : 600
            for _ in 0..<size { change(key, adding: true) }
        case 1..<4 where keyspace.snapshot == nil:
            expected = SnapshotContents(expectedOf: &keyspace)
            found = SnapshotContents()
            keyspace.beginSnapshot(form: .rdb, policy: .noEviction, writer: ObjectWriter(.never))
        case 4..<24 where expected != nil:
            let isDone = keyspace.walkSnapshot(until: .max, mostKeys: number(1..<4))
            found.take(from: &keyspace)
            if isDone { finish(seed) }
        case 24 where number(0..<4) == 0:
            withBytes(of: Array("key \(key)".utf8)) { _ = keyspace.remove(Key($0)) }
        case 25 where key % 4 == other % 4:
            withBytes(of: Array("key \(key)".utf8)) { key in
                withBytes(of: Array("key \(other)".utf8)) {
                    _ = keyspace.rename(Key(key), to: Key($0), replacing: true)
                }
            }
        case 26 where number(0..<20) == 0: keyspace.flush()
        case 27: keyspace.swap(number(0..<3), number(0..<3))
        case 28: withBytes(of: Array("key \(key)".utf8)) { _ = keyspace.move(Key($0), to: number(0..<3)) }
        case 29 where expected != nil && number(0..<20) == 0:
            keyspace.abandonSnapshot()
            expected = nil
            while !keyspace.walkSnapshot(until: .max) {}
            keyspace.endSnapshot()
        case 30..<34: keyspace.select(number(0..<3))
        case 34..<40: keyspace.freeSome(budget: number(0..<300))
        case 40..<46: keyspace.defragment(stepsAtMost: number(1..<30), ofAll: number(0..<3) > 0)
        default: for _ in 0..<number(1..<20) { change(key, adding: number(0..<2) == 0) }
        }
    }

    mutating func finish(_ seed: UInt64) {
        while !keyspace.walkSnapshot(until: .max) { found.take(from: &keyspace) }
        found.take(from: &keyspace)
        keyspace.endSnapshot()
        let expected = expected.take() ?? SnapshotContents()
        #expect(found.repeated.isEmpty && !found.hasUnfinishedStreams, "seed \(seed)")
        #expect(Set(found.records.keys) == Set(expected.records.keys), "seed \(seed)")
        // Behind the byte that names the form: a packed value that is saved in parts is written as a large one.
        let others = expected.records.filter { found.records[$0]?.dropFirst() != $1.dropFirst() }.map {
            String(decoding: $0.key.key, as: UTF8.self)
        }
        #expect(others.isEmpty, "seed \(seed)")
        completed += 1
        largeCount += found.largeCount
    }
}

@Suite struct SnapshotValuesTests {
    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2])
    func largeValuesAreSavedAsTheyWereHoweverTheyChange(_ seed: UInt64) {
        var model = LargeValuesModel(seed: seed)
        for _ in 0..<4000 { model.step(seed) }
        if model.expected != nil { model.finish(seed) }
        let counts = (model.completed, model.largeCount)
        #expect(counts.0 > 5 && counts.1 > 5, "seed \(seed): \(counts)")
        model.keyspace.checkInvariants()
        model.keyspace.flushAll()
        while model.keyspace.freeSome(budget: 1000) {}
        let rest = model.keyspace.heap.used
        #expect(rest < 64 << 10, "seed \(seed): \(rest) bytes are still lent")
    }

    @Test func aHugeStringIsSavedInPartsAndStaysAsItWas() throws {
        var keyspace = Keyspace(now: 0, seed: 7, databaseCount: 1)
        let long = [UInt8](repeating: 65, count: 3 << 20)
        withBytes(of: long) { try? keyspace.replace(Key(Bytes("huge")), with: $0, event: .set) }
        let expected = SnapshotContents(expectedOf: &keyspace)
        keyspace.beginSnapshot(form: .rdb, policy: .noEviction, writer: ObjectWriter(.never))
        var found = SnapshotContents()
        _ = keyspace.walkSnapshot(until: .max, mostKeys: 3)
        found.take(from: &keyspace)
        try keyspace.editString(Key(Bytes("huge")), event: .append) { editor throws(CommandError) in
            editor.overwrite(at: 0, with: Bytes("changed"))
            return 1
        }
        while !keyspace.walkSnapshot(until: .max) { found.take(from: &keyspace) }
        found.take(from: &keyspace)
        keyspace.endSnapshot()
        #expect(found.records == expected.records && found.largeCount == 1)
    }
}
