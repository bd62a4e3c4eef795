// The keyspace against dictionaries, through all its doors: strings, integers, edits, sets, deadlines, renames, copies,
// moves, flushes and swaps, while time passes.

import Testing

@testable import Engine

/// What the model keeps of a key.
enum ModelValue: Equatable {
    case string([UInt8])
    case set(Set<[UInt8]>)
}

/// A key of the model.
struct ModelEntry: Equatable {
    var value: ModelValue
    var deadline: Int64?
}

/// The same steps for keyspace and model.
struct KeyspaceModel: ~Copyable {
    var keyspace: Keyspace
    var databases = [[UInt8]: ModelEntry].repeated(3)
    var selected = 0
    var random: RandomSource
    var now: Int64 = 1_000_000
    var keyRange = 0..<400

    init(seed: UInt64) {
        keyspace = Keyspace(now: now, seed: seed, databaseCount: 3)
        random = RandomSource(seed: seed)
    }

    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    mutating func key() -> [UInt8] {
        let number = number(keyRange)
        // Some keys are long, one is empty.
        return number == 0
            ? []
            : Array((number % 40 == 1 ? String(repeating: "k", count: 300) : "key:").utf8) + Array("\(number)".utf8)
    }

    mutating func bytes() -> [UInt8] {
        switch number(0..<10) {
        case 0: Array("\(Int64.random(in: .min ... .max, using: &random))".utf8)
        case 1: [UInt8](repeating: 7, count: number(0..<6000))
        default: [UInt8](repeating: UInt8(number(0..<256)), count: number(0..<100))
        }
    }

    mutating func forgetExpired() {
        for index in databases.indices {
            databases[index] = databases[index].filter { ($0.value.deadline ?? .max) >= now }
        }
    }

    mutating func step() {
        let (key, other) = (key(), key())
        forgetExpired()
        let old = databases[selected][key]
        switch number(0..<24) {
        case 0..<5:
            let value = bytes()
            let deadline = number(0..<3) == 0 ? now + Int64(number(1..<5000)) : nil
            let keeps = number(0..<4) == 0
            let wanted: Deadline = keeps ? .unchanged : deadline.map { .at($0) } ?? .never
            withBytes(of: key) { key in
                withBytes(of: value) { try? keyspace.replace(Key(key), with: $0, deadline: wanted, event: .set) }
            }
            databases[selected][key] = ModelEntry(value: .string(value), deadline: keeps ? old?.deadline : deadline)
        case 5..<7: editString(key, old)
        case 7..<12: changeSet(key, old)
        case 12..<14:
            let wasThere = withBytes(of: key) { keyspace.remove(Key($0)) }
            #expect(wasThere == (old != nil))
            databases[selected][key] = nil
        case 14..<16:
            let moment = [now + Int64(number(1..<5000)), 1 << 50, now - 5, now + 100_000][number(0..<4)]
            let wasThere = withBytes(of: key) { (try? keyspace.setDeadline(of: Key($0), to: moment)) ?? false }
            #expect(wasThere == (old != nil))
            if moment <= now { databases[selected][key] = nil } else { databases[selected][key]?.deadline = moment }
        case 16:
            let hadDeadline = withBytes(of: key) { keyspace.persist(Key($0)) }
            #expect(hadDeadline == (old?.deadline != nil))
            databases[selected][key]?.deadline = nil
        case 17: rename(key, other, old)
        case 18: copy(key, other, old)
        case 19: move(key, old)
        case 20:
            selected = number(0..<3)
            keyspace.select(selected)
        case 21:
            if number(0..<60) == 0 {
                keyspace.flush()
                databases[selected] = [:]
            } else if number(0..<10) == 0 {
                let (first, second) = (number(0..<3), number(0..<3))
                keyspace.swap(first, second)
                databases.swapAt(first, second)
            }
        default:
            now += Int64(number(0..<200))
            keyspace.now = now
            _ = keyspace.expireDueKeys(budget: number(1..<100))
            _ = keyspace.freeSome(budget: number(1..<200))
            keyspace.defragment(stepsAtMost: number(1..<20), ofAll: number(0..<3) > 0)
        }
    }

    private mutating func editString(_ key: [UInt8], _ old: ModelEntry?) {
        let value = bytes(), offset = number(0..<200), appends = number(0..<2) == 0
        var isRefused = false
        withBytes(of: key) { key in
            withBytes(of: value) { value in
                do throws(CommandError) {
                    try keyspace.editString(Key(key), event: .append) { editor throws(CommandError) in
                        if appends { editor.append(value) } else { editor.overwrite(at: offset, with: value) }
                        return 1
                    }
                } catch { isRefused = true }
            }
        }
        if case .set = old?.value { return #expect(isRefused) }
        var result: [UInt8] = []
        if case .string(let bytes) = old?.value { result = bytes }
        if appends {
            result += value
        } else {
            while result.count < offset + value.count { result.append(0) }
            result.replaceSubrange(offset..<offset + value.count, with: value)
        }
        databases[selected][key] = ModelEntry(value: .string(result), deadline: old?.deadline)
    }

    private mutating func changeSet(_ key: [UInt8], _ old: ModelEntry?) {
        var members: Set<[UInt8]> = []
        if case .set(let old) = old?.value { members = old }
        let isRefused = old != nil && members.isEmpty
        for _ in 0..<number(1..<40) {
            let member = Array("\(number(0..<300))".utf8), isAdded = number(0..<3) > 0
            var wasRefused = false
            withBytes(of: key) { key in
                withBytes(of: member) { member in
                    do throws(CommandError) {
                        try keyspace.update(Key(key), as: SetValue.self, ifMissing: .create, event: .sadd) {
                            set throws(CommandError) in
                            (isAdded ? set.insert(member) : set.remove(member)) ? 1 : 0
                        }
                    } catch { wasRefused = true }
                }
            }
            #expect(wasRefused == isRefused)
            if isRefused { return }
            let deadline = databases[selected][key]?.deadline
            if isAdded { members.insert(member) } else { members.remove(member) }
            databases[selected][key] = members.isEmpty ? nil : ModelEntry(value: .set(members), deadline: deadline)
        }
    }

    private mutating func rename(_ key: [UInt8], _ other: [UInt8], _ old: ModelEntry?) {
        let replacing = number(0..<2) == 0
        let result = withBytes(of: key) { key in
            withBytes(of: other) { keyspace.rename(Key(key), to: Key($0), replacing: replacing) }
        }
        let isOccupied = databases[selected][other] != nil && !replacing
        #expect(result == (old == nil ? .missing : isOccupied ? .occupied : .done))
        guard let old, !isOccupied else { return }
        databases[selected][key] = nil
        databases[selected][other] = old
    }

    private mutating func copy(_ key: [UInt8], _ other: [UInt8], _ old: ModelEntry?) {
        let replacing = number(0..<2) == 0, database = number(0..<3)
        if database == selected && key == other { return }
        let result = withBytes(of: key) { key in
            withBytes(of: other) { keyspace.copy(Key(key), to: Key($0), in: database, replacing: replacing) }
        }
        let isOccupied = databases[database][other] != nil && !replacing
        #expect(result == (old == nil ? .missing : isOccupied ? .occupied : .done))
        if let old, !isOccupied { databases[database][other] = old }
    }

    private mutating func move(_ key: [UInt8], _ old: ModelEntry?) {
        let database = number(0..<3)
        if database == selected { return }
        let result = withBytes(of: key) { keyspace.move(Key($0), to: database) }
        let isOccupied = databases[database][key] != nil
        #expect(result == (old == nil ? .missing : isOccupied ? .occupied : .done))
        guard let old, !isOccupied else { return }
        databases[selected][key] = nil
        databases[database][key] = old
    }

    /// Everything that the model knows, and nothing else.
    mutating func compare(_ seed: UInt64) {
        forgetExpired()
        keyspace.checkInvariants()
        for (index, model) in databases.enumerated() {
            keyspace.select(index)
            var names: Set<[UInt8]> = []
            keyspace.forEachKey { key, _ in names.insert(key.array) }
            #expect(names == Set(model.keys), "seed \(seed)")
            var scanned: Set<[UInt8]> = [], cursor: UInt64 = 0
            repeat {
                cursor = keyspace.scan(cursor, count: 7) { key, _ in scanned.insert(key.array) }
            } while cursor != 0
            #expect(scanned == names, "seed \(seed)")
            for (key, entry) in model {
                let deadline = withBytes(of: key) { keyspace.deadline(of: Key($0)) }
                #expect(deadline == entry.deadline.map { .at($0) } ?? .never, "seed \(seed)")
                let found = withBytes(of: key) { value(of: $0) }
                #expect(found == entry.value, "seed \(seed)")
            }
        }
        keyspace.select(selected)
    }

    private mutating func value(of key: Bytes) -> ModelValue? {
        if keyspace.kind(of: Key(key)) == .set {
            var members: Set<[UInt8]> = []
            if let set = try? keyspace.value(at: Key(key), as: SetValue.self) {
                set.forEach { members.insert($0.withBytes { $0.array }) }
            }
            return .set(members)
        }
        switch try? keyspace.string(at: Key(key)) {
        case .bytes(let bytes): return .string(bytes.array)
        case .integer(let integer): return .string(Array("\(integer)".utf8))
        case nil: return nil
        }
    }
}

extension Keyspace {
    /// Goes on with defragmentation, which begins anew when it is over.
    mutating func defragment(stepsAtMost steps: Int, ofAll: Bool) {
        beginDefragmentation(ofAll: ofAll)
        for _ in 0..<steps where defragment(until: 0) { return }
    }
}

extension Dictionary {
    static func repeated(_ count: Int) -> [[Key: Value]] { Array(repeating: [:], count: count) }
}

@Suite struct KeyspaceModelTests {
    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2])
    func theKeyspaceIsItsModel(_ seed: UInt64) {
        var model = KeyspaceModel(seed: seed)
        for step in 0..<6000 {
            model.step()
            if step % 500 == 499 { model.compare(seed) }
        }
        model.keyspace.flushAll()
        while model.keyspace.freeSome(budget: 1000) {}
        let rest = (model.keyspace.heap.used, model.keyspace.count)
        #expect(rest.1 == 0 && rest.0 < 64 << 10, "seed \(seed): \(rest.0) bytes are still lent")
    }
}
