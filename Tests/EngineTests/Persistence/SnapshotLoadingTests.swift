// Snapshots that are loaded: every encoding in every version that is written, the files of old versions, and files that
// are cut short or changed anywhere. A failure names its seed.

import Foundation
import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct SnapshotLoadingTests {
    /// Commands that make a value of every type and encoding.
    private static var commands: [String] {
        func many(_ count: Int, _ text: (Int) -> String) -> String { (0..<count).map(text).joined(separator: " ") }
        let repeated = String(repeating: "compress me ", count: 40).replacing(" ", with: "-")
        return [
            "SET integer 12", "SET wide -9000000000", "SET text hello", "SET repeated \(repeated)",
            "SET large \(String(repeating: "0123456789abcdef", count: 200))", "APPEND edited abc", "PFADD log a b c",
            "RPUSH list a 1 \(repeated)", "RPUSH long \(many(700) { "element-number-\($0)" })",
            "RPUSH huge a \(String(repeating: "x", count: 9000)) b", "SADD integers 1 -2 300000", "SADD packed a 1 b",
            "SADD table \(many(600) { "m\($0)" })", "HSET fields a 1 b \(repeated)",
            "HSET wide-fields \(many(600) { "f\($0) v\($0)" })", "ZADD scores 1 a -inf b 2.5 c",
            "ZADD many \(many(300) { "\($0).25 member-\($0)" })", "XADD stream 1-1 a b", "XADD stream 2-1 a c d e",
            "XADD stream 3-1 a f", "XDEL stream 2-1", "XGROUP CREATE stream group 0",
            "XREADGROUP GROUP group reader COUNT 1 STREAMS stream >", "XGROUP CREATECONSUMER stream group idle",
            "XADD empty 5-5 a b", "XTRIM empty MAXLEN 0", "SET ending soon PX 90000000", "HSET ending-hash a b",
            "PEXPIREAT ending-hash 99999999999999", "SELECT 9", "SET elsewhere 1", "SELECT 0",
        ]
    }

    private static let keys = [
        "integer", "wide", "text", "repeated", "large", "list", "long", "huge", "integers", "packed", "table", "fields",
        "wide-fields", "scores", "many", "stream", "empty", "ending", "ending-hash",
    ]

    /// A machine whose snapshot has all of that.
    private func filled(version: Int, compressing: Bool = true, limit: Int = .max) -> Machine {
        var settings = Settings()
        settings.snapshotVersion = version
        settings.compressesStrings = compressing
        var machine = Machine(settings)
        for command in SnapshotLoadingTests.commands where command.utf8.count < limit {
            let reply = machine.ask(command)
            #expect(!reply.hasPrefix("-"), "\(command.prefix(40)): \(reply)")
        }
        return machine
    }

    /// Asks, and compares the reply, whose last line end may be missing.
    private func check(_ machine: inout Machine, _ command: String, _ expected: String) {
        let reply = machine.ask(command)
        #expect(reply == expected || reply == expected + "\r\n", "\(command)")
    }

    @Test(arguments: [(9, true), (10, false), (11, true)])
    func everyEncodingComesBack(_ version: Int, _ compresses: Bool) throws {
        var machine = filled(version: version, compressing: compresses)
        let digest = machine.ask("DEBUG DIGEST"), now = machine.clock.milliseconds
        let before = SnapshotLoadingTests.keys.map { machine.ask("OBJECT ENCODING \($0)") }
        let deadline = machine.ask("PEXPIRETIME ending"), far = machine.ask("PEXPIRETIME ending-hash")
        let groups = machine.ask("XINFO GROUPS stream")
        check(&machine, "DEBUG RELOAD", "+OK")
        check(&machine, "DEBUG DIGEST", digest)
        let after = SnapshotLoadingTests.keys.map { machine.ask("OBJECT ENCODING \($0)") }
        for (index, key) in SnapshotLoadingTests.keys.enumerated() {
            #expect(before[index] == after[index], "\(key) in version \(version)")
        }
        check(&machine, "PEXPIRETIME ending", deadline)
        check(&machine, "PEXPIRETIME ending-hash", far)
        if version > 9 { check(&machine, "XINFO GROUPS stream", groups) }
        let file = try #require(machine.disk["dump.rdb"])
        #expect(file.starts(with: Array("REDIS00\(version < 10 ? "0" : "")\(version)".utf8)))
        let check = RDBCheck("dump.rdb", disk: machine.disk, now: now)
        let isSound = check.isSound, left = check.memoryLeft
        #expect(isSound && left == 0)
        machine.loop.server.context.keyspace.checkInvariants()
    }

    // MARK: Files of other versions

    private func fixture(_ name: String) throws -> [UInt8] {
        let file = repositoryRoot.appendingPathComponent("Tests/Fixtures/rdb/\(name).rdb")
        return Array(try Data(contentsOf: file))
    }

    /// A machine that has loaded such a file.
    private func machine(with name: String) throws -> Machine {
        var machine = Machine()
        machine.disk["dump.rdb"] = try fixture(name)
        let reply = machine.ask("DEBUG RELOAD NOSAVE")
        #expect(reply == "+OK\r\n")
        return machine
    }

    @Test func filesOfOldVersionsAreRead() throws {
        var encodings = try machine(with: "encodings")
        check(&encodings, "DBSIZE", ":13")
        check(&encodings, "GET number", "$2\r\n10")
        check(&encodings, "LLEN list_zipped", ":8")
        check(&encodings, "SCARD set", ":8")
        check(&encodings, "ZSCORE zset b", "$1\r\n2")
        check(&encodings, "HGET hash c", "$1\r\n3")
        var zipmap = try machine(with: "hash-zipmap")
        check(&zipmap, "HGET hash f2", "$2\r\nv2")
        var hash = try machine(with: "hash-ziplist")
        check(&hash, "HLEN hash", ":2")
        check(&hash, "OBJECT ENCODING hash", "$8\r\nlistpack")
        var scores = try machine(with: "zset-ziplist")
        check(&scores, "ZCARD zset", ":2")
        var list = try machine(with: "list-quicklist")
        check(&list, "LRANGE list 0 -1", "*1\r\n$1\r\n7")
        check(&list, "GET x", "$1\r\n7")
        var empty = try machine(with: "corrupt_empty_keys")
        check(&empty, "DBSIZE", ":0")
        let disk = SimulatedDisk()
        disk["damaged.rdb"] = try fixture("corrupt_ziplist")
        let check = RDBCheck("damaged.rdb", disk: disk, now: 0)
        let isSound = check.isSound, text = check.text
        #expect(!isSound && text.contains("Hash ziplist integrity check failed"))
    }

    // MARK: Damage

    @Test func aFileThatEndsTooEarlyIsRefusedAtEveryLength() throws {
        for version in [9, 11] {
            var writing = filled(version: version, limit: 2000)
            _ = writing.ask("DEBUG RELOAD")
            let file = try #require(writing.disk["dump.rdb"])
            let disk = SimulatedDisk()
            for count in 0..<file.count {
                disk["cut.rdb"] = Array(file.prefix(count))
                let check = RDBCheck("cut.rdb", disk: disk, now: writing.clock.milliseconds)
                let isSound = check.isSound, left = check.memoryLeft
                #expect(!isSound && left == 0, "cut at \(count)")
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func aChangedFileIsRefusedOrRead(_ seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        var machine = filled(version: 9 + Int(seed % 3), compressing: seed % 2 == 0, limit: 2000)
        _ = machine.ask("DEBUG RELOAD")
        let file = try #require(machine.disk["dump.rdb"])
        var refused = 0
        for round in 0..<3400 {
            var changed = file
            for _ in 0...random.next() % 2 {
                let place = 9 + Int(random.next() % UInt64(file.count - 9))
                changed[place] = random.next() % 3 == 0 ? 0xFF : UInt8(truncatingIfNeeded: random.next())
            }
            machine.disk["changed.rdb"] = changed
            let now = machine.clock.milliseconds, disk = machine.disk
            let check = RDBCheck("changed.rdb", disk: disk, checksums: false, now: now)
            let isSound = check.isSound, left = check.memoryLeft
            #expect(left == 0, "seed \(seed), round \(round)")
            if !isSound { refused += 1 }
            if round % 50 == 0 { load(&machine, expecting: isSound, "seed \(seed), round \(round)") }
        }
        #expect(refused > 0)
    }

    /// The same into a keyspace, where what has been loaded until the damage is whole.
    private func load(_ machine: inout Machine, expecting isSound: Bool, _ comment: Comment) {
        var missing = false
        machine.loop.server.context.skipsChecksums = true
        _ = machine.loop.server.context.keyspace.flushAll()
        let options = RDBLoader.Options()
        guard
            var loader = RDBLoader.open("changed.rdb", options, &machine.loop.server.context, isMissing: &missing)
        else { return }
        var steps = 0
        loop: while true {
            let limit = loader.offset + 100
            let progress = loader.step(&machine.loop.server.context, through: limit)
            steps += 1
            switch progress {
            case .more: continue
            // A key that comes twice, or a database that is not there, is no matter to the check.
            case .complete: #expect(isSound, comment)
            case .refused, .damaged: break
            }
            break loop
        }
        loader.close()
        #expect(steps > 0)
        machine.loop.server.context.keyspace.checkInvariants()
    }

    @Test func aKeyThatComesTwiceIsRefused() throws {
        var loading = Machine(), missing = false
        var file = Array("REDIS0011".utf8)
        for _ in 0..<2 { file += [0, 1, UInt8(ascii: "k"), 1, UInt8(ascii: "v")] }
        loading.disk["twice.rdb"] = file + [0xFF] + [UInt8](repeating: 0, count: 8)
        let options = RDBLoader.Options()
        var loader = RDBLoader.open("twice.rdb", options, &loading.loop.server.context, isMissing: &missing)
        let progress = loader?.step(&loading.loop.server.context, through: Int.max)
        #expect(progress == .damaged)
        let replacing = RDBLoader.Options(replaces: true)
        loader = RDBLoader.open("twice.rdb", replacing, &loading.loop.server.context, isMissing: &missing)
        let second = loader?.step(&loading.loop.server.context, through: Int.max)
        #expect(second == .complete)
        let count = loading.ask("DBSIZE")
        #expect(count == ":1\r\n")
    }

    @Test func clientsHearThatDataAreBeingLoaded() throws {
        var machine = filled(version: 11)
        _ = machine.ask("DEBUG RELOAD")
        machine.loop.server.context.settings.loadingSliceSize = 1024
        _ = machine.loop.server.context.keyspace.flushAll()
        machine.loop.server.context.startLoading()
        machine.say("GET text\r\n")
        machine.loop.turn()
        let early = machine.hear()
        #expect(early == "-LOADING Redis is loading the dataset in memory\r\n")
        machine.say("INFO persistence\r\n")
        machine.loop.turn()
        let information = machine.hear()
        #expect(information.contains("loading:1\r\n") && information.contains("loading_loaded_perc:"))
        for _ in 0..<200 { machine.loop.turn() }
        let late = machine.ask("GET text")
        #expect(late == "$5\r\nhello\r\n")
        let loading = machine.information("loading")
        #expect(loading == "0")
    }

    @Test func whatHasEndedIsLeftOut() throws {
        var machine = Machine()
        _ = machine.ask("SET short 1 PX 100")
        _ = machine.ask("SET long 1 PX 100000")
        _ = machine.ask("DEBUG RELOAD")
        machine.pass(milliseconds: 1000)
        let reply = machine.ask("DEBUG RELOAD NOSAVE"), count = machine.ask("DBSIZE")
        #expect(reply == "+OK\r\n" && count == ":1\r\n")
        let expired = machine.information("rdb_last_load_keys_expired")
        let loaded = machine.information("rdb_last_load_keys_loaded")
        #expect(expired == "1" && loaded == "1")
    }
}
