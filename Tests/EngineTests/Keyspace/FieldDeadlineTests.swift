// Hashes with fields that end, against dictionaries, while time passes, keys are copied and moved, and memory is put in
// order; and how soon, and in what steps, fields go whose time has come. A failure names its seed.

import Testing

@testable import Engine

/// A field of the model.
private struct ModelField: Equatable {
    var value: [UInt8]
    /// 0 if it never ends.
    var deadline: Int64
}

/// The same steps for hashes in a keyspace and for a model.
private struct FieldModel: ~Copyable {
    private var keyspace: Keyspace
    private var keys = [[String: ModelField]](repeating: [:], count: 6)
    private var random: RandomSource
    private var now: Int64 = 1_000_000
    private let fieldRange: Int
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
        keyspace = Keyspace(now: now, seed: seed, databaseCount: 2)
        random = RandomSource(seed: seed)
        // Odd seeds stay small, even ones grow into tables.
        fieldRange = seed % 2 == 1 ? 30 : 400
        if seed % 2 == 0 { keyspace.heap.limits.hashEntries = 16 }
    }

    private mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    private func forgetsDue(_ fields: [String: ModelField]) -> [String: ModelField] {
        fields.filter { $0.value.deadline == 0 || $0.value.deadline >= now }
    }

    /// Lets `body` change the hash number `index`.
    private mutating func change(_ index: Int, create: Bool = false, _ body: (inout HashValue) -> Int) {
        "key:\(index)".withBytes { key in
            _ = try? keyspace.update(
                Key(key), as: HashValue.self, ifMissing: create ? .create : .leave, event: .hset
            ) { (hash) throws(CommandError) in body(&hash) }
        }
    }

    mutating func step(_ number: Int) {
        for index in keys.indices { keys[index] = forgetsDue(keys[index]) }
        let index = self.number(0..<keys.count)
        switch self.number(0..<20) {
        case 0..<6: set(index, keepingDeadline: false)
        case 6: set(index, keepingDeadline: true)
        case 7..<10: remove(index)
        case 10..<15: setDeadlines(index)
        case 15: copy(index, to: self.number(0..<keys.count))
        case 16: rename(index, to: self.number(0..<keys.count))
        case 17 where self.number(0..<40) == 0:
            keyspace.flush()
            for index in keys.indices { keys[index] = [:] }
        default:
            now += Int64(self.number(0..<60))
            keyspace.now = now
            // Sometimes nobody but those who ask removes what has ended.
            if self.number(0..<3) > 0 { _ = keyspace.expireDueKeys(budget: self.number(1..<50)) }
            _ = keyspace.freeSome(budget: self.number(1..<200))
            keyspace.defragment(stepsAtMost: self.number(1..<20), ofAll: self.number(0..<3) > 0)
        }
        check(self.number(0..<keys.count), number)
        if number % 50 == 0 { keyspace.checkInvariants() }
    }

    private mutating func set(_ index: Int, keepingDeadline: Bool) {
        let count = number(1..<5)
        for _ in 0..<count {
            let field = name(), length = number(0..<20) == 0 ? number(60..<90) : number(0..<20)
            let value = [UInt8](repeating: UInt8(number(97..<123)), count: length)
            let old = forgetsDue(keys[index])[field]
            change(index, create: true) { hash in
                field.withBytes { field in
                    Bytes.view(value) { value in
                        if keepingDeadline { hash.edit(field, to: value) } else { _ = hash.set(field, to: value) }
                    }
                }
                return 1
            }
            keys[index][field] = ModelField(value: value, deadline: keepingDeadline ? old?.deadline ?? 0 : 0)
        }
    }

    /// Some names are so long that their length needs more than a byte.
    private mutating func name() -> String {
        let number = number(0..<fieldRange)
        let isLong = fieldRange > 100 && number % 50 == 3
        return "f\(number)" + String(repeating: "n", count: isLong ? 248 + number / 50 : 0)
    }

    private mutating func remove(_ index: Int) {
        let field = name(), wasThere = keys[index].removeValue(forKey: field) != nil, seed = seed
        change(index) { hash in
            let isRemoved = field.withBytes { hash.remove($0) }
            #expect(isRemoved == wasThere, "seed \(seed)")
            return isRemoved ? 1 : 0
        }
    }

    private mutating func setDeadlines(_ index: Int) {
        let moment = number(0..<6) == 0 ? 0 : now + Int64(number(1..<800))
        for _ in 0..<number(1..<6) {
            let field = name(), isThere = keys[index][field] != nil, seed = seed
            change(index) { hash in
                let isSet = field.withBytes { hash.setDeadline(of: $0, to: moment) }
                #expect(isSet == isThere, "seed \(seed)")
                return isSet ? 1 : 0
            }
            if isThere { keys[index][field]?.deadline = moment }
        }
    }

    private mutating func copy(_ index: Int, to other: Int) {
        guard index != other, !keys[index].isEmpty else { return }
        "key:\(index)".withBytes { key in
            "key:\(other)".withBytes { _ = keyspace.copy(Key(key), to: Key($0), in: 0, replacing: true) }
        }
        keys[other] = keys[index]
    }

    private mutating func rename(_ index: Int, to other: Int) {
        guard index != other, !keys[index].isEmpty else { return }
        // Through the other database, as MOVE goes.
        "key:\(index)".withBytes { key in
            let result = keyspace.move(Key(key), to: 1)
            #expect(result == .done, "seed \(seed)")
            keyspace.select(1)
            let back = keyspace.move(Key(key), to: 0)
            #expect(back == .done, "seed \(seed)")
            keyspace.select(0)
            "key:\(other)".withBytes { _ = keyspace.copy(Key(key), to: Key($0), in: 0, replacing: true) }
            _ = keyspace.remove(Key(key))
        }
        keys[other] = keys[index]
        keys[index] = [:]
    }

    private mutating func check(_ index: Int, _ step: Int) {
        let expected = forgetsDue(keys[index])
        var shown: [String: ModelField] = [:], scanned: Set<String> = [], count = 0
        var sampled = 0
        "key:\(index)".withBytes { key in
            guard let hash = try? keyspace.value(at: Key(key), as: HashValue.self) else { return }
            hash.checkInvariants()
            count = hash.count
            hash.forEach { element in
                let deadline = element.field.withBytes { hash.deadline(of: $0) } ?? -1
                let value = element.field.withBytes { hash.value(of: $0)?.withBytes { $0.array } }
                #expect(value == element.value.withBytes { $0.array })
                shown[element.field.withBytes { $0.text }] = ModelField(value: value ?? [], deadline: deadline)
            }
            var cursor: UInt64 = 0
            repeat {
                cursor = hash.scan(cursor, count: 20) { scanned.insert($0.field.withBytes { $0.text }) }
            } while cursor != 0
            hash.sample(7) { _ in sampled += 1 }
            if count > 0 {
                let field = hash.randomElement().field.withBytes { $0.text }
                #expect(expected[field] != nil, "seed \(seed), step \(step)")
            }
        }
        #expect(shown == expected, "seed \(seed), step \(step)")
        #expect(count == expected.count, "seed \(seed), step \(step)")
        #expect(scanned == Set(expected.keys), "seed \(seed), step \(step)")
        #expect(sampled == min(7, expected.count), "seed \(seed), step \(step)")
    }

    mutating func finish() {
        keyspace.flush()
        while keyspace.freeSome(budget: 1000) {}
        keyspace.checkInvariants()
        let left = keyspace.databases.current.countWithFieldDeadlines
        #expect(left == 0, "seed \(seed)")
    }
}

@Suite struct FieldDeadlineTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
    func fieldsAreThereUntilTheirTimeComes(_ seed: UInt64) {
        var model = FieldModel(seed: seed)
        for step in 0..<4000 { model.step(step) }
        model.finish()
    }

    /// So many fields of one hash that end at once, and some that stay.
    private func full(_ count: Int, staying: Int, until moment: Int64) -> Keyspace {
        var keyspace = Keyspace(now: 1000, seed: 5, databaseCount: 1)
        "h".withBytes { key in
            _ = try? keyspace.update(Key(key), as: HashValue.self, ifMissing: .create, event: .hset) {
                (hash) throws(CommandError) in
                for number in 0..<count {
                    "field:\(number)".withBytes { field in
                        _ = hash.set(field, to: Bytes("v"))
                        _ = hash.setDeadline(of: field, to: moment)
                    }
                }
                for number in 0..<staying { "stays:\(number)".withBytes { _ = hash.set($0, to: Bytes("v")) } }
                return count
            }
        }
        return keyspace
    }

    private func expectExpired(_ keyspace: borrowing Keyspace, _ expected: Int) {
        let count = keyspace.expiredFieldCount
        #expect(count == expected)
    }

    private func count(_ keyspace: inout Keyspace) -> Int {
        "h".withBytes { key in
            guard let hash = try? keyspace.value(at: Key(key), as: HashValue.self) else { return 0 }
            return hash.count
        }
    }

    @Test func manyFieldsGoInBoundedTurns() {
        var keyspace = full(100_000, staying: 3, until: 5000)
        keyspace.feed.publishEvents(of: [.hash, .keyEventChannel])
        let next = keyspace.nextDeadline
        #expect(next == 5001)
        keyspace.now = 5000
        #expect(count(&keyspace) == 100_003)
        _ = keyspace.expireDueKeys(budget: 1000)
        expectExpired(keyspace, 0)
        keyspace.now = 5001
        var turns = 0
        while keyspace.expireDueKeys(budget: 1000) {
            turns += 1
            let gone = keyspace.expiredFieldCount
            #expect(gone <= turns * 1600)
            if turns % 50 == 7 { #expect(count(&keyspace) == 3) }
            if turns > 1000 { break }
        }
        #expect(turns <= 250)
        expectExpired(keyspace, 100_000)
        let active = keyspace.activelyExpiredFieldCount, timed = keyspace.databases.current.countWithFieldDeadlines
        #expect(active > 99_000 && timed == 0)
        let end = keyspace.nextDeadline, isBehind = keyspace.hasDueFields
        #expect(end == nil && !isBehind)
        #expect(count(&keyspace) == 3)
        let events = keyspace.feed.takePendingEvents()
        #expect(!events.isEmpty && events.allSatisfy { $0.event == .hexpired })
        keyspace.checkInvariants()
    }

    @Test func aHashOfWhichNothingStaysGoesAsAWhole() {
        var keyspace = full(100_000, staying: 0, until: 5000)
        keyspace.feed.publishEvents(of: [.hash, .generic, .keyEventChannel])
        keyspace.feed.beginLog(for: .file)
        keyspace.now = 5001
        _ = keyspace.expireDueKeys(budget: 1000)
        let keys = keyspace.count, events = keyspace.feed.takePendingEvents().map(\.event)
        expectExpired(keyspace, 100_000)
        #expect(keys == 0 && events == [.hexpired, .del])
        #expect(logged(keyspace) == ["DEL", "h"])
        while keyspace.freeSome(budget: 100) {}
        keyspace.checkInvariants()
    }

    @Test func whatTimeRemovesIsLoggedAsRemoval() {
        var keyspace = full(3, staying: 1, until: 5000)
        keyspace.feed.beginLog(for: .file)
        keyspace.now = 5001
        _ = keyspace.expireDueKeys(budget: 1000)
        #expect(logged(keyspace) == ["HDEL", "h", "field:0", "field:1", "field:2"])
    }

    @Test func whoOpensAHashFindsNothingThatHasEnded() {
        var keyspace = full(1000, staying: 2, until: 5000)
        keyspace.now = 5001
        // Not all go at once, and the rest is not shown.
        #expect(count(&keyspace) == 2)
        let leavesSome = keyspace.hasDueFields
        #expect(leavesSome)
        expectExpired(keyspace, 128)
        // A field that is set again leaves with its event first.
        "h".withBytes { key in
            "field:999".withBytes { field in keyspace.removeDueFields(of: Key(key)) { $0(field) } }
        }
        while keyspace.expireDueKeys(budget: 100) {}
        let isBehind = keyspace.hasDueFields
        #expect(!isBehind)
        expectExpired(keyspace, 1000)
        keyspace.checkInvariants()
    }

    private func logged(_ keyspace: borrowing Keyspace) -> [String] {
        let log = keyspace.feed.commandLog?.contents().array ?? []
        let lines = String(decoding: log, as: UTF8.self).split(separator: "\r\n").dropFirst(5)
        return lines.filter { !"*$".contains($0.prefix(1)) }.map(String.init)
    }
}
