// Snapshots against copies: whatever happens between the slices of the walk, the snapshot shows each key of its
// beginning once, as it was then, and no other.

import Platform
import Testing

@testable import Engine

/// A keyspace that lives on while a snapshot of it is taken.
private struct SnapshotModel: ~Copyable {
    var model: KeyspaceModel
    var expected: SnapshotContents?
    var found = SnapshotContents()
    var completed = 0, abandoned = 0

    init(seed: UInt64) {
        model = KeyspaceModel(seed: seed)
        // Many shards, which split and join.
        if seed % 2 == 0 { model.keyRange = 0..<4000 }
    }

    mutating func begin() {
        expected = SnapshotContents(expectedOf: &model.keyspace)
        found = SnapshotContents()
        model.keyspace.beginSnapshot(form: .rdb, policy: .noEviction, writer: ObjectWriter(.never))
    }

    /// A slice of the walk; at its end the snapshot is compared.
    mutating func walk(_ seed: UInt64) {
        let mostKeys = model.number(0..<40)
        let isDone = model.keyspace.walkSnapshot(until: .max, mostKeys: mostKeys)
        found.take(from: &model.keyspace)
        if isDone { finish(seed) }
    }

    mutating func finish(_ seed: UInt64) {
        while !model.keyspace.walkSnapshot(until: .max) { found.take(from: &model.keyspace) }
        found.take(from: &model.keyspace)
        let saved = (model.keyspace.snapshot?.savedCount, model.keyspace.snapshot?.keyCount)
        model.keyspace.endSnapshot()
        let expected = expected.take() ?? SnapshotContents()
        #expect(found.repeated.isEmpty, "seed \(seed)")
        let missing = Set(expected.records.keys).subtracting(found.records.keys)
        let invented = Set(found.records.keys).subtracting(expected.records.keys)
        #expect(missing.isEmpty && invented.isEmpty, "seed \(seed)")
        let others = expected.records.filter { found.records[$0] != $1 }.count
        #expect(others == 0, "seed \(seed)")
        #expect(saved.0 == expected.records.count && saved.1 == saved.0, "seed \(seed)")
        #expect(found.sizes == expected.sizes, "seed \(seed)")
        completed += 1
    }

    mutating func abandon() {
        model.keyspace.abandonSnapshot()
        expected = nil
        abandoned += 1
    }

    mutating func step(_ seed: UInt64) {
        switch model.number(0..<30) {
        case 0 where model.keyspace.snapshot == nil: begin()
        case 0 where model.keyspace.snapshot?.isAbandoned == true:
            if model.number(0..<2) == 0 {
                begin()
            } else if model.keyspace.walkSnapshot(until: .max) {
                model.keyspace.endSnapshot()
            }
        case 1..<5 where expected != nil: walk(seed)
        case 5 where expected != nil && model.number(0..<20) == 0: abandon()
        case 6 where model.number(0..<40) == 0:
            model.keyspace.flushAll()
            for index in model.databases.indices { model.databases[index] = [:] }
        default: model.step()
        }
    }
}

@Suite struct SnapshotModelTests {
    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2, 3])
    func aSnapshotShowsItsBeginningWhateverHappens(_ seed: UInt64) {
        var model = SnapshotModel(seed: seed)
        for step in 0..<20_000 {
            model.step(seed)
            if step % 1000 == 999 { model.model.compare(seed) }
        }
        if model.expected != nil { model.finish(seed) }
        let counts = (model.completed, model.abandoned)
        #expect(counts.0 > 20 && counts.1 > 0, "seed \(seed): \(counts)")
        if model.model.keyspace.snapshot != nil {
            _ = model.model.keyspace.walkSnapshot(until: .max)
            model.model.keyspace.endSnapshot()
        }
        model.model.compare(seed)
        model.model.keyspace.flushAll()
        while model.model.keyspace.freeSome(budget: 1000) {}
        let rest = model.model.keyspace.heap.used
        #expect(rest < 64 << 10, "seed \(seed): \(rest) bytes are still lent")
    }

    @Test func aFlushedDatabaseIsFreedOnceItIsSaved() throws {
        var keyspace = Keyspace(now: 0, seed: 7, databaseCount: 3)
        for number in 0..<5000 {
            var name = Buffer()
            name.append(decimal: Int64(number))
            try keyspace.replace(Key(name.contents), with: Bytes("value"), event: .set)
        }
        keyspace.beginSnapshot(form: .rdb, policy: .noEviction, writer: ObjectWriter(.never))
        _ = keyspace.walkSnapshot(until: .max, mostKeys: 100)
        keyspace.flushAll()
        for _ in 0..<100 { keyspace.freeSome(budget: 10_000) }
        let held = keyspace.heap.used
        #expect(held > 50_000)
        var found = SnapshotContents()
        while !keyspace.walkSnapshot(until: .max) { found.take(from: &keyspace) }
        found.take(from: &keyspace)
        #expect(found.records.count == 5000)
        keyspace.endSnapshot()
        while keyspace.freeSome(budget: 10_000) {}
        let rest = keyspace.heap.used
        #expect(rest < 64 << 10)
    }
}
