// Deadlines of fields of hashes on their way through DUMP, snapshots and logs: the bytes that Redis has for them, the
// same moments afterwards, and what must be refused. A failure names its seed.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct FieldDeadlineFilesTests {
    typealias Talk = ObjectCodecTests.Talk

    /// The moment of the examples, and its bytes.
    private static let moment = 9_000_000_000_000
    private static let momentBytes: [UInt8] = [0x00, 0x90, 0xCD, 0x79, 0x2F, 0x08, 0x00, 0x00]

    /// What Redis 8 writes for `a` = 1 that ends at that moment, and `b` = 2.
    private static let packed: [UInt8] =
        [0x19] + momentBytes + [0x1D, 0x1D, 0, 0, 0, 6, 0, 0x81, 0x61, 2, 1, 1, 0xF4] + momentBytes
        + [9, 0x81, 0x62, 2, 2, 1, 0, 1, 0xFF]
    /// The same with `c` = 3 that ends five milliseconds later, not packed.
    private static let plain: [UInt8] =
        [0x18] + momentBytes
        + [3, 1, 1, 0x61, 0xC0, 1, 6, 1, 0x63, 0xC0, 3, 0, 1, 0x62, 0xC0, 2]
    /// What Valkey 9 writes for the first two.
    private static let valkey: [UInt8] =
        [0x16, 2, 1, 0x61, 0xC0, 1] + momentBytes + [1, 0x62, 0xC0, 2] + [UInt8](repeating: 0xFF, count: 8)

    private func talk(seed: UInt64 = 1) -> Talk {
        let talk = Talk(seed: seed)
        talk.server.context.skipsChecksums = true
        return talk
    }

    private func framed(_ value: [UInt8], version: UInt8 = 14) -> [UInt8] {
        value + [version, 0] + [UInt8](repeating: 0, count: 8)
    }

    private func moments(_ talk: Talk, _ key: String = "h") -> String {
        talk.say("HPEXPIRETIME", key, "FIELDS", "3", "a", "b", "c")
    }

    private let moment = FieldDeadlineFilesTests.moment

    @Test func theBytesAreThoseOfRedis() {
        let talk = talk()
        _ = talk.say("HSET", "h", "b", "2", "a", "1")
        _ = talk.say("HPEXPIREAT", "h", "\(moment)", "FIELDS", "1", "a")
        #expect(talk.dump("h").dropLast(8) == FieldDeadlineFilesTests.packed + [12, 0])
        _ = talk.say("HPERSIST", "h", "FIELDS", "1", "a")
        #expect(talk.dump("h").first == ObjectType.hashListpack.rawValue)
        // Not packed: in the order of the table.
        _ = talk.say("CONFIG", "SET", "hash-max-listpack-entries", "1")
        _ = talk.say("DEL", "h")
        _ = talk.say("HSET", "h", "a", "1", "b", "2", "c", "3")
        #expect(talk.dump("h").first == ObjectType.hash.rawValue)
        _ = talk.say("HPEXPIREAT", "h", "\(moment)", "FIELDS", "1", "a")
        _ = talk.say("HPEXPIREAT", "h", "\(moment + 5)", "FIELDS", "1", "c")
        let bytes = talk.dump("h")
        #expect(bytes.prefix(10) == FieldDeadlineFilesTests.plain.prefix(10))
        #expect(bytes.dropLast(10).sorted() == FieldDeadlineFilesTests.plain.sorted())
        #expect(bytes.dropLast(8).suffix(2) == [12, 0])
    }

    @Test func theBytesOfOthersAreRead() {
        let talk = talk()
        for limit in ["1", "512"] {
            _ = talk.say("CONFIG", "SET", "hash-max-listpack-entries", limit)
            #expect(talk.restore("h", framed(FieldDeadlineFilesTests.packed)) == "+OK\r\n")
            #expect(moments(talk) == "*3\r\n:\(moment)\r\n:-1\r\n:-2\r\n")
            #expect(talk.restore("h", framed(FieldDeadlineFilesTests.plain)) == "+OK\r\n")
            #expect(moments(talk) == "*3\r\n:\(moment)\r\n:-1\r\n:\(moment + 5)\r\n")
            #expect(talk.restore("h", framed(FieldDeadlineFilesTests.valkey, version: 80)) == "+OK\r\n")
            #expect(moments(talk) == "*3\r\n:\(moment)\r\n:-1\r\n:-2\r\n")
            #expect(talk.say("HMGET", "h", "a", "b") == "*2\r\n$1\r\n1\r\n$1\r\n2\r\n")
            // The two of the release candidates of Redis 7.4.
            let early = [0x17] + FieldDeadlineFilesTests.packed.dropFirst(9)
            #expect(talk.restore("h", framed(early, version: 12)) == "+OK\r\n")
            #expect(moments(talk) == "*3\r\n:\(moment)\r\n:-1\r\n:-2\r\n")
            talk.check("h")
        }
    }

    @Test func whatRedisWouldNotWriteIsRefused() {
        let talk = talk()
        let tooLate = (0..<8).map { UInt8(truncatingIfNeeded: (1 << 48) >> (8 * $0)) }
        func isRefused(_ value: [UInt8], version: UInt8 = 12) -> Bool {
            talk.restore("h", framed(value, version: version)).hasPrefix("-ERR Bad data format")
        }
        let field: [UInt8] = [1, 1, 0x61, 0xC0, 1]
        #expect(!isRefused([0x18] + FieldDeadlineFilesTests.momentBytes + [1] + field))
        #expect(isRefused([0x18] + tooLate + [1] + field))
        #expect(isRefused([0x18] + [UInt8](repeating: 0xFF, count: 8) + [1] + field))
        #expect(isRefused([0x18] + FieldDeadlineFilesTests.momentBytes + [2] + field + field), "a field comes twice")
        #expect(isRefused([0x18] + FieldDeadlineFilesTests.momentBytes + [2] + field), "one field is missing")
        #expect(isRefused([0x18] + FieldDeadlineFilesTests.momentBytes + [0]))
        #expect(isRefused([0x19] + tooLate + FieldDeadlineFilesTests.packed.dropFirst(9)))
        var twice = FieldDeadlineFilesTests.packed
        twice[twice.count - 7] = 0x61
        #expect(isRefused(twice), "a field comes twice")
        // Valkey may have later ones.
        #expect(talk.restore("v", framed([0x16, 1, 1, 0x61, 0xC0, 1] + tooLate, version: 80)) == "+OK\r\n")
        #expect(talk.say("HPEXPIRETIME", "v", "FIELDS", "1", "a") == "*1\r\n:\(HashField.latestDeadline)\r\n")
    }

    /// What has ended meanwhile does not come back.
    @Test func fieldsThatHaveEndedAreLeftOut() {
        let talk = talk()
        let past = FieldDeadlineFilesTests.momentBytes.map { _ in UInt8(0) }
        let value = [0x18] + [1] + past.dropFirst() + [2, 1, 1, 0x61, 0xC0, 1, 0, 1, 0x62, 0xC0, 2]
        #expect(talk.restore("h", framed(value)) == "+OK\r\n")
        #expect(talk.say("HGETALL", "h") == "*2\r\n$1\r\nb\r\n$1\r\n2\r\n")
        #expect(talk.dump("h").first == ObjectType.hashListpack.rawValue)
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func noChangedByteMakesABrokenHash(_ seed: UInt64) {
        let talk = talk(seed: seed)
        var random = RandomSource(seed: seed)
        let early = [0x17] + FieldDeadlineFilesTests.packed.dropFirst(9)
        let plain22 = [0x16, 1, 0x81] + FieldDeadlineFilesTests.momentBytes.reversed() + [1, 0x61, 0xC0, 1]
        let wholes = [
            framed(FieldDeadlineFilesTests.packed), framed(FieldDeadlineFilesTests.plain), framed(early),
            framed(plain22), framed(FieldDeadlineFilesTests.valkey, version: 80),
        ]
        for whole in wholes {
            #expect(talk.restore("bent", whole) == "+OK\r\n")
            for index in whole.indices.dropLast(10) {
                for change in 0..<6 {
                    var bent = whole
                    bent[index] =
                        change < 2 ? [0, 0xFF][change] : UInt8(truncatingIfNeeded: random.next())
                    guard talk.restore("bent", bent) == "+OK\r\n" else { continue }
                    talk.check("bent")
                    _ = talk.say("HGETALL", "bent")
                    _ = talk.dump("bent")
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4...UInt64.max)])
    func everyHashComesBackAsItWas(_ seed: UInt64) {
        let talk = Talk(seed: seed)
        var random = RandomSource(seed: seed)
        for step in 0..<20 {
            let count = [1, 2, 40, 511, 512, 513, 900][Int(random.next() % 7)]
            var fields: [String] = []
            for index in 0..<count { fields += ["f\(index)", "v\(random.next() % 1000)"] }
            _ = talk.say("DEL", "h", "copy")
            _ = talk.say((["HSET", "h"] + fields).map { Array($0.utf8) })
            for index in 0..<count where random.next() % 3 == 0 {
                let moment = 8_000_000_000_000 + random.next() % 1000
                _ = talk.say("HPEXPIREAT", "h", "\(moment)", "FIELDS", "1", "f\(index)")
            }
            let question = ["FIELDS", "\(count)"] + (0..<count).map { "f\($0)" }
            func moments(_ key: String) -> [UInt8] {
                talk.say((["HPEXPIRETIME", key] + question).map { Array($0.utf8) })
            }
            let payload = talk.dump("h")
            #expect(talk.restore("copy", payload) == "+OK\r\n", "seed \(seed), step \(step)")
            #expect(moments("copy") == moments("h"), "seed \(seed), step \(step)")
            let digest = talk.say("DEBUG", "DIGEST-VALUE", "h")
            #expect(talk.say("DEBUG", "DIGEST-VALUE", "copy") == digest, "seed \(seed), step \(step)")
            talk.check("h", "copy")
            _ = talk.say("COPY", "h", "copy", "REPLACE")
            #expect(moments("copy") == moments("h"), "seed \(seed), step \(step)")
            talk.check("copy")
        }
    }

    // MARK: Files

    /// A machine with a small hash and two large ones, the last of which is saved in parts.
    private func filled(_ change: (inout Settings) -> Void = { _ in }) -> Machine {
        var settings = Settings()
        change(&settings)
        var machine = Machine(settings)
        for (key, count) in [("small", 20), ("large", 700), ("huge", 5000)] {
            for start in stride(from: 0, to: count, by: 500) {
                let fields = (start..<min(count, start + 500)).map { "f\($0) v\($0)" }.joined(separator: " ")
                _ = machine.ask("HSET \(key) \(fields)")
            }
            for index in stride(from: 0, to: count, by: count / 10) {
                let reply = machine.ask("HPEXPIREAT \(key) \(moment + index % 4) FIELDS 1 f\(index)")
                #expect(reply == "*1\r\n:1\r\n")
            }
        }
        return machine
    }

    private func state(_ machine: inout Machine) -> [String] {
        [("small", 20), ("large", 700), ("huge", 5000)].map { key, count in
            let fields = stride(from: 0, to: count, by: count / 10).map { "f\($0)" }
            return machine.ask("HPEXPIRETIME \(key) FIELDS \(fields.count) \(fields.joined(separator: " "))")
        } + [machine.ask("DEBUG DIGEST")]
    }

    @Test func aSnapshotHasTheMoments() throws {
        var machine = filled()
        let before = state(&machine)
        #expect(machine.ask("DEBUG RELOAD") == "+OK\r\n")
        #expect(state(&machine) == before)
        let file = try #require(machine.disk["dump.rdb"])
        #expect(file.starts(with: Array("REDIS0012".utf8)))
        let check = RDBCheck("dump.rdb", disk: machine.disk, now: machine.clock.milliseconds)
        let isSound = check.isSound, left = check.memoryLeft
        #expect(isSound && left == 0)
        machine.loop.server.context.keyspace.checkInvariants()
        // Without such fields everybody can read it.
        _ = machine.ask("DEL small large huge")
        _ = machine.ask("HSET h a b")
        #expect(machine.ask("SAVE") == "+OK\r\n")
        #expect(machine.disk["dump.rdb"]?.starts(with: Array("REDIS0011".utf8)) == true)
    }

    @Test func aSnapshotHasTheMomentsOfItsBeginning() {
        var machine = filled()
        let before = state(&machine)
        let fields = stride(from: 0, to: 5000, by: 500).map { "f\($0)" }.joined(separator: " ")
        let reply = machine.ask(
            "BGSAVE\r\nHPERSIST huge FIELDS 10 \(fields)\r\nHPEXPIREAT large 8000000000000 FIELDS 1 f1\r\n"
                + "HPEXPIREAT small 8000000000000 FIELDS 1 f1\r\nHDEL huge f1\r\nHSET large f0 new")
        #expect(reply.hasPrefix("+Background saving started"))
        machine.settle()
        #expect(state(&machine) != before)
        #expect(machine.ask("DEBUG RELOAD NOSAVE") == "+OK\r\n")
        #expect(state(&machine) == before)
        machine.loop.server.context.keyspace.checkInvariants()
    }

    @Test func anOlderVersionIsRefused() {
        var machine = filled { $0.snapshotVersion = 11 }
        #expect(machine.ask("SAVE") == "-ERR\r\n")
        #expect(machine.disk["dump.rdb"] == nil)
        #expect(machine.ask("DUMP small").hasPrefix("-ERR Fields of this hash have a time to live"))
        _ = machine.ask("HSET h a b")
        #expect(machine.ask("DUMP h").hasPrefix("$"))
        _ = machine.ask("CONFIG SET rdb-save-version 12")
        #expect(machine.ask("SAVE") == "+OK\r\n")
        #expect(machine.ask("DUMP small").hasPrefix("$"))
    }

    @Test(arguments: [true, false]) func aRewrittenLogHasTheMoments(asSnapshot: Bool) {
        var machine = filled {
            $0.appendOnly = true
            $0.rewritesAsSnapshot = asSnapshot
        }
        let before = state(&machine)
        #expect(machine.ask("BGREWRITEAOF").hasPrefix("+Background"))
        machine.settle()
        #expect(machine.information("aof_last_bgrewrite_status") == "ok")
        machine.pass(milliseconds: 1100)
        machine.settle()
        machine.restart()
        #expect(state(&machine) == before)
        machine.loop.server.context.keyspace.checkInvariants()
    }
}
