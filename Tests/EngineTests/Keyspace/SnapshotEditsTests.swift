// Snapshots of long strings and lists that are edited in every way while they are being saved, as a file and as the
// commands of a log: what comes out is what there was when the snapshot began. The seed of a failing run is in its
// message.

import Testing

@testable import Engine

/// A server whose long strings (keys with even numbers) and lists change between the steps of a snapshot.
private struct EditedValues: ~Copyable {
    let form: SnapshotForm
    let seed: UInt64
    var server: Server
    var random: RandomSource
    /// What the snapshot must say: as a file, or by the digest of all data.
    var expected: SnapshotContents?
    var expectedDigest = ""
    var found = SnapshotContents()
    /// The chunks of the main stream of commands, and of each large value.
    var commands: [Int: [UInt8]] = [:]
    var held: [RetainedString] = []
    var isTaking = false
    private let memoryBefore: Int
    var completed = 0, largeCount = 0, mostKept = 0

    init(_ form: SnapshotForm, seed: UInt64) {
        (self.form, self.seed) = (form, seed)
        random = RandomSource(seed: seed)
        server = Server(clock: ManualClock(), seed: seed)
        server.connect(1)
        server.beginTurn()
        memoryBefore = server.context.keyspace.heap.used
        // Many small nodes.
        if seed % 2 == 0 { server.context.keyspace.heap.limits.listNodeSize = 5 }
    }

    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    static func say(_ command: String, _ server: inout Server) -> String {
        var input = Buffer()
        input.append(text: command + "\r\n")
        let mark = server.reply.count
        _ = server.receive(input, from: 1)
        return server.reply.pending(since: mark).text
    }

    func name(_ key: Int) -> [UInt8] { Array("key \(key)".utf8) }

    /// All alike, but for a few.
    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: UInt8(number(0..<256)), count: count)
        for index in stride(from: 0, to: count, by: 3001) { bytes[index] = UInt8(number(0..<256)) }
        return bytes
    }

    // MARK: Changes

    mutating func change(_ key: Int) {
        let size = [1, 1, 8, 300, 5000, 20_000][number(0..<6)], added = bytes(size), kind = number(0..<12)
        let place = number(0..<1_000_000), other = number(0..<40)
        withBytes(of: name(key)) { name in
            withBytes(of: added) { bytes in
                if key % 2 == 0 {
                    edit(Key(name), bytes, kind, place, other)
                } else {
                    push(Key(name), bytes, kind, place)
                }
            }
        }
    }

    private mutating func edit(_ key: Key, _ bytes: Bytes, _ kind: Int, _ place: Int, _ other: Int) {
        _ = try? server.context.keyspace.editString(key, event: .append) { string throws(CommandError) in
            let place = place % (string.count + 1)
            switch kind {
            case 0, 1: string.append(bytes, spare: other % 3 == 0 ? 0 : 1 << 20)
            case 2 where string.count > 100_000 && other == 0: string.truncate(to: place)
            case 3 where place + 8 <= string.count: string.setWord(0x0102_0304_0506_0708, at: place)
            case 4 where place + 4 <= string.count: string.setHalfWord(0x0102_0304, at: place)
            case 5 where place + 32 <= string.count: string.setBlock(SIMD4(repeating: 9), at: place)
            case 6 where place < string.count: string[place] ^= 0xFF
            case 7 where place + 8 <= string.count:
                string.replace(at: place, removing: other % 9, with: 0x0A0B_0C0D, count: other % 5)
            case 8: string.grow(to: string.count + other)
            case 9: return 0
            case 10 where other < 10: throw .syntax
            default: string.overwrite(at: place, with: bytes)
            }
            return 1
        }
    }

    private mutating func push(_ key: Key, _ bytes: Bytes, _ kind: Int, _ place: Int) {
        let bytes = bytes.prefix(min(bytes.count, 100))
        _ = try? server.context.keyspace.update(key, as: ListValue.self, ifMissing: .create, event: .rpush) { list in
            list.prepare(forSize: bytes.count, count: 1)
            let index = place % max(list.count, 1)
            switch kind {
            case 0: list.push(bytes, at: .head)
            case 1..<4 where list.count > 0: list.set(index, to: bytes)
            case 4 where list.count > 10: list.remove(index..<min(index + place % 50, list.count))
            case 5 where list.count > 0: list.insert(bytes, beside: index, after: place % 2 == 0)
            default: for _ in 0..<20 { list.push(bytes, at: .tail) }
            }
            return 1
        }
    }

    /// Gives a key a large value.
    mutating func fill(_ key: Int) {
        let contents = bytes(number(0..<3) > 0 ? number(60_000..<90_000) : number(250_000..<300_000))
        if key % 2 == 0 {
            withBytes(of: name(key)) { name in
                withBytes(of: contents) { try? server.context.keyspace.replace(Key(name), with: $0, event: .set) }
            }
        } else {
            for _ in 0..<100 { change(key) }
        }
    }

    // MARK: The snapshot

    mutating func begin() {
        expected = form == .rdb ? SnapshotContents(expectedOf: &server.context.keyspace) : nil
        expectedDigest = EditedValues.say("DEBUG DIGEST", &server)
        (found, commands, isTaking) = (SnapshotContents(), [:], true)
        server.context.keyspace.beginSnapshot(form: form, policy: .noEviction, writer: ObjectWriter(.never))
    }

    mutating func take() {
        mostKept = max(mostKept, server.context.keyspace.savedValues.keptBytes)
        if form == .rdb { return found.take(from: &server.context.keyspace) }
        while let chunk = server.context.keyspace.snapshot?.takeChunk() {
            commands[chunk.stream, default: []] += chunk.bytes.contents.array
        }
    }

    mutating func walk(_ most: Int) {
        let isDone = server.context.keyspace.walkSnapshot(until: .max, mostKeys: most)
        take()
        if isDone { finish() }
    }

    mutating func finish() {
        while !server.context.keyspace.walkSnapshot(until: .max) { take() }
        take()
        server.context.keyspace.endSnapshot()
        isTaking = false
        completed += 1
        let kept = server.context.keyspace.savedValues.keptBytes
        #expect(kept == 0, "seed \(seed)")
        if let expected = expected.take() {
            largeCount += found.largeCount
            #expect(found.repeated.isEmpty && !found.hasUnfinishedStreams, "seed \(seed)")
            let others = Set(expected.records.keys).union(found.records.keys).filter {
                expected.records[$0] != found.records[$0]
            }
            #expect(others.isEmpty, "seed \(seed): \(others.map { String(decoding: $0.key, as: UTF8.self) })")
        } else {
            repeatCommands()
        }
    }

    /// Another server runs the commands.
    private mutating func repeatCommands() {
        var other = Server(clock: ManualClock(), seed: seed &+ 1)
        other.connect(1)
        other.beginTurn()
        largeCount += commands.keys.filter { $0 != SnapshotChunk.mainStream }.count
        for stream in commands.keys.sorted() {
            var input = Buffer()
            input.append(array: commands[stream] ?? [])
            let mark = other.reply.count
            _ = other.receive(input, from: 1)
            let replies = other.reply.pending(since: mark).text
            #expect(!replies.contains("-ERR") && !replies.contains("-WRONG"), "seed \(seed): \(replies.suffix(300))")
        }
        _ = EditedValues.say("SELECT 0", &other)
        let digest = EditedValues.say("DEBUG DIGEST", &other)
        #expect(digest == expectedDigest, "seed \(seed)")
    }

    mutating func abandon() {
        server.context.keyspace.abandonSnapshot()
        (expected, isTaking) = (nil, false)
        let kept = server.context.keyspace.savedValues.keptBytes
        #expect(kept == 0, "seed \(seed)")
        while !server.context.keyspace.walkSnapshot(until: .max) {}
        server.context.keyspace.endSnapshot()
    }

    // MARK: Steps

    mutating func step() {
        let key = number(0..<8), other = number(0..<8)
        switch number(0..<200) {
        case 0..<4: fill(key)
        case 4..<10 where !isTaking: begin()
        case 10..<40 where isTaking: walk(number(1..<4))
        case 40 where isTaking && number(0..<10) == 0: abandon()
        case 41: withBytes(of: name(key)) { _ = server.context.keyspace.remove(Key($0)) }
        case 42 where key % 2 == other % 2:
            withBytes(of: name(key)) { key in
                withBytes(of: name(other)) {
                    _ = server.context.keyspace.rename(Key(key), to: Key($0), replacing: true)
                }
            }
        case 43 where key % 2 == other % 2:
            withBytes(of: name(key)) { key in
                withBytes(of: name(other)) {
                    _ = server.context.keyspace.copy(Key(key), to: Key($0), in: 0, replacing: true)
                }
            }
        case 44: withBytes(of: name(key)) { _ = server.context.keyspace.storeDeadline(of: Key($0), 9_999_999_999_999) }
        case 45 where number(0..<20) == 0: _ = server.context.keyspace.flush()
        case 46..<50:
            let string = withBytes(of: name(key)) { server.context.keyspace.retainedString(at: Key($0)) }
            if let string { held.append(string) }
        case 50..<58: if !held.isEmpty { held.removeLast().release() }
        case 58..<64: server.context.keyspace.freeSome(budget: number(0..<300))
        default: change(key)
        }
    }

    mutating func end() {
        if isTaking { finish() }
        while !held.isEmpty { held.removeLast().release() }
        server.context.keyspace.checkInvariants()
        server.context.keyspace.flushAll()
        while server.context.keyspace.freeSome(budget: 1000) {}
        let rest = server.context.keyspace.heap.used - memoryBefore
        #expect(rest < 16 << 10, "seed \(seed): \(rest) bytes are still lent")
    }
}

@Suite struct SnapshotEditsTests {
    static let seeds: [UInt64] = [1, 2, 3, UInt64.random(in: 4 ... .max)]

    @Test(arguments: seeds) func editedValuesAreSavedAsTheyWere(_ seed: UInt64) { run(.rdb, seed) }
    @Test(arguments: seeds) func editedValuesAreWrittenAsTheyWere(_ seed: UInt64) { run(.commands, seed) }

    private func run(_ form: SnapshotForm, _ seed: UInt64) {
        var model = EditedValues(form, seed: seed)
        for key in 0..<8 { model.fill(key) }
        for _ in 0..<1500 { model.step() }
        model.end()
        let seen = (model.completed, model.largeCount, model.mostKept)
        #expect(seen.0 > 3 && seen.1 > 5 && seen.2 > 20_000, "seed \(seed): \(seen)")
    }

    /// A string of so many bytes, and a snapshot that has just met it.
    private func meetString(of count: Int, _ keyspace: inout Keyspace) {
        let long = [UInt8](repeating: 65, count: count)
        withBytes(of: long) { try? keyspace.replace(Key(Bytes("long")), with: $0, event: .set) }
        keyspace.beginSnapshot(form: .rdb, policy: .noEviction, writer: ObjectWriter(.never))
        _ = keyspace.walkSnapshot(until: .max, mostKeys: 1)
    }

    @Test func aChangeKeepsNoMoreThanThePagesThatItTouches() throws {
        var keyspace = Keyspace(now: 0, seed: 7, databaseCount: 1)
        meetString(of: 24 << 20, &keyspace)
        let before = keyspace.heap.used
        try keyspace.editString(Key(Bytes("long")), event: .append) { string throws(CommandError) in
            string.append(Bytes("behind"))
            string.overwrite(at: 20 << 20, with: Bytes("changed"))
            string.overwrite(at: 20 << 20 + 100, with: Bytes("changed"))
            string[21 << 20] = 7
            return 1
        }
        // Two pages, a row of words, and the head; the string itself may have got room for a mebibyte more.
        let kept = keyspace.savedValues.keptBytes, after = keyspace.heap.used
        #expect(kept >= 2 * 4096 && kept <= 4 * 4096, "\(kept)")
        #expect(after - before < 3 << 20, "\(after - before)")
        keyspace.abandonSnapshot()
    }

    @Test func aStringThatIsReplacedIsNotCopied() throws {
        var keyspace = Keyspace(now: 0, seed: 7, databaseCount: 1)
        meetString(of: 24 << 20, &keyspace)
        let before = keyspace.heap.used
        try keyspace.replace(Key(Bytes("long")), with: Bytes("short"), event: .set)
        let after = keyspace.heap.used
        #expect(abs(after - before) < 1000)
        while !keyspace.walkSnapshot(until: .max) { while keyspace.snapshot?.takeChunk() != nil {} }
        keyspace.endSnapshot()
        while keyspace.freeSome(budget: 1000) {}
        let rest = keyspace.heap.used
        #expect(rest < 1 << 20)
    }
}
