// INFO topkeys and prefixes beside exact counts, under loads that few keys dominate and under loads that none does.
//
// The bound: what is shown for a key is what was seen times the sampling ratio N. Chance leaves it within five times
// √(N · count) and N of the truth, and the summary may have missed as much as it says under `missed`.

import Testing

@testable import Engine

@Suite struct UsageTests {
    /// A line of INFO: its pairs by name.
    typealias Pairs = [String: String]

    private static func server(_ settings: UsageSettings, seed: UInt64 = 1) -> Server {
        var all = Settings()
        all.usage = settings
        all.debugCommand = .yes
        var server = Server(
            settings: all, log: .silent, host: FakeHost(), invocation: Invocation(), clock: ManualClock(), seed: seed)
        server.connect(1)
        return server
    }

    private static func settings(sampling: Int, keys: Int = 256, prefixes: Int = 256) -> UsageSettings {
        var settings = UsageSettings()
        (settings.sampling, settings.keys, settings.prefixes) = (sampling, keys, prefixes)
        return settings
    }

    /// The lines of a section that begin like this, by the name of the key or prefix.
    private static func lines(_ section: String, _ beginning: String, _ server: inout Server) -> [String: Pairs] {
        var found: [String: Pairs] = [:]
        for line in server.say("INFO \(section)").split(separator: "\r\n") where line.hasPrefix(beginning) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            var pairs: Pairs = [:]
            for pair in line[line.index(after: colon)...].split(separator: ",") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2 { pairs[String(parts[0])] = String(parts[1]) }
            }
            if let name = pairs["key"] ?? pairs["prefix"] { found[String(name.dropFirst().dropLast())] = pairs }
        }
        return found
    }

    private static func number(_ pairs: Pairs, _ name: String) -> Double { pairs[name].flatMap(Double.init) ?? -1 }

    private static func slack(_ count: Int, _ sampling: Int) -> Double {
        sampling == 1 ? 0 : 5 * (Double(sampling) * Double(count)).squareRoot() + Double(sampling)
    }

    /// Reads and writes of three caches, one of which nearly always misses.
    @Test(arguments: [(1, 1, true), (2, 16, true), (3, 16, false), (4, 64, true), (5, 64, false)])
    func callsHitsAndMissesAreWithinTheirBound(_ seed: UInt64, _ sampling: Int, _ skewed: Bool) {
        var server = UsageTests.server(UsageTests.settings(sampling: sampling), seed: seed)
        var random = RandomSource(seed: seed)
        var calls: [String: Int] = [:], keyCalls: [String: Int] = [:]
        var hits: [String: Int] = [:], misses: [String: Int] = [:]
        for number in 0..<2000 { _ = server.say("SET good:item:\(number) x") }
        for number in stride(from: 0, to: 2000, by: 10) { _ = server.say("SET bad:item:\(number) x") }
        _ = server.say("CONFIG RESETSTAT")
        for _ in 0..<1500 {
            var batch = ""
            for _ in 0..<32 {
                let number = TopCountsTests.name(&random, of: 2000, skewed: skewed)
                let prefix = ["good", "bad", "good", "none"][Int(random.next() % 4)]
                let key = "\(prefix):item:\(number)"
                batch += "GET \(key)\r\n"
                calls[prefix, default: 0] += 1
                keyCalls[key, default: 0] += 1
                let isHit = prefix == "good" || prefix == "bad" && number % 10 == 0
                if isHit { hits[prefix, default: 0] += 1 } else { misses[prefix, default: 0] += 1 }
            }
            _ = server.say(String(batch.dropLast()))
        }
        for parts in [1, 2] {
            let shown = UsageTests.lines("prefixes", "prefix_", &server)
            for prefix in ["good", "bad", "none"] {
                let pairs = shown[parts == 1 ? prefix : "\(prefix):item"] ?? [:],
                    missed = UsageTests.number(pairs, "missed_calls")
                for (field, truth) in [("calls", calls), ("hits", hits), ("misses", misses)] {
                    let exact = truth[prefix] ?? 0, value = UsageTests.number(pairs, field)
                    let slack = UsageTests.slack(exact, sampling)
                    #expect(
                        value <= Double(exact) + slack && Double(exact) - slack - missed <= value,
                        "seed \(seed), \(prefix) \(parts) \(field): \(value) for \(exact), missed \(missed)")
                }
            }
        }
        let top = UsageTests.lines("hotkeys", "topkeys_calls_", &server)
        #expect(top.count == 16)
        for (key, pairs) in top {
            let exact = keyCalls[key] ?? 0, value = UsageTests.number(pairs, "calls")
            let slack = UsageTests.slack(exact, sampling), missed = UsageTests.number(pairs, "missed")
            #expect(
                value <= Double(exact) + slack && Double(exact) - slack - missed <= value,
                "seed \(seed), \(key): \(value) for \(exact), missed \(missed)")
        }
        if skewed {
            let heaviest = keyCalls.max { $0.value < $1.value }?.key ?? ""
            #expect(top[heaviest] != nil, "seed \(seed)")
        }
    }

    /// Commands that follow each other in a pattern must not hide one another.
    @Test func aPatternDoesNotFoolIt() {
        var server = UsageTests.server(UsageTests.settings(sampling: 16))
        let batch = (0..<4).map { _ in "SET left 1\r\nSET right 1" }.joined(separator: "\r\n")
        for _ in 0..<4000 { _ = server.say(batch) }
        let top = UsageTests.lines("topkeys", "topkeys_calls_", &server)
        for key in ["left", "right"] {
            let calls = UsageTests.number(top[key] ?? [:], "calls")
            #expect(abs(calls - 16_000) <= UsageTests.slack(16_000, 16), "\(key): \(calls)")
        }
    }

    /// The keys of one call share it; of many keys a few stand for all.
    @Test func callsWithManyKeysAreShared() {
        var server = UsageTests.server(UsageTests.settings(sampling: 1))
        for _ in 0..<10 { _ = server.say("MGET a:1 a:2 b:1 b:2") }
        var shown = UsageTests.lines("prefixes", "prefix_", &server)
        for prefix in ["a", "b"] {
            #expect(shown[prefix]?["calls"] == "20" && shown[prefix]?["misses"] == "20", "\(shown)")
        }
        let many = (0..<1000).map { "many:\($0)" }.joined(separator: " ")
        for _ in 0..<100 { _ = server.say("EXISTS \(many)") }
        shown = UsageTests.lines("prefixes", "prefix_", &server)
        let calls = UsageTests.number(shown["many"] ?? [:], "calls"),
            misses = UsageTests.number(shown["many"] ?? [:], "misses")
        #expect(abs(calls - 100_000) <= 3000 && abs(misses - 100_000) <= 3000, "\(calls) \(misses)")
    }

    @Test func bytesAreThoseOfRequestAndReply() {
        var server = UsageTests.server(UsageTests.settings(sampling: 1))
        let long = String(repeating: "v", count: 5000)
        _ = server.say("SET long \(long)")
        _ = server.say("GET long")
        let top = UsageTests.lines("topkeys", "topkeys_bytes_", &server)["long"] ?? [:]
        // *3 $3 SET $4 long $5000 …, +OK; *2 $3 GET $4 long, $5000 …
        let sizes: [Int] = [4 + 9 + 10 + 5009, 5, 4 + 9 + 10, 5009]
        let total = sizes.reduce(0, +)
        #expect(top["bytes"] == String(total) && top["calls"] == "2", "\(top)")
    }

    @Test func memoryStaysWhatItIsWhateverIsSaid() {
        var server = UsageTests.server(UsageTests.settings(sampling: 1))
        let before = server.context.memoryParts.usage
        for number in 0..<20_000 { _ = server.say("GET \(number):\(number):x") }
        let after = server.context.memoryParts.usage
        #expect(before == after && after > 0 && after <= 272 << 10, "\(after)")
        #expect(server.context.usage.samples == 20_000)
        let isSound = server.context.usage.sketchIsSound
        #expect(isSound)
        _ = server.say("CONFIG SET usage-sampling 0")
        for number in 0..<100 { _ = server.say("GET \(number)") }
        #expect(server.context.usage.samples == 0 && server.context.usage.memoryUsed == 0)
        _ = server.say("CONFIG SET usage-sampling 1")
        _ = server.say("GET a")
        #expect(server.context.usage.samples > 0)
        _ = server.say("CONFIG RESETSTAT")
        let top = UsageTests.lines("topkeys", "topkeys_", &server)
        #expect(top.isEmpty)
    }

    @Test func namesCannotBreakALine() {
        var server = UsageTests.server(UsageTests.settings(sampling: 1))
        _ = server.say("SET \"a,b=c\\r\\nd\\\"e\\\\f\\xff:x\" 1")
        let text = server.say("INFO topkeys")
        #expect(text.contains(#"key="a\x2cb\x3dc\x0d\x0ad\"e\\f\xff:x",db=0"#), "\(text)")
    }

    // MARK: The walk

    private static func walk(_ server: inout Server) {
        server.context.prefixWalk.begin(at: server.context.now, server.context.settings.usage)
        while server.context.prefixWalk.isRunning { server.context.walkPrefixes() }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func theWalkCountsEveryKey(_ seed: UInt64) throws {
        var server = UsageTests.server(UsageTests.settings(sampling: 0), seed: seed)
        var random = RandomSource(seed: seed)
        var keys: [String: Int] = [:], bytes: [String: Int] = [:]
        var total = 0
        for database in [0, 3] {
            _ = server.say("SELECT \(database)")
            var made: [String: String] = [:]
            for _ in 0..<3000 {
                let number = Int(random.next() % 2000), value = String(repeating: "v", count: Int(random.next() % 300))
                let key =
                    switch random.next() % 5 {
                    case 0: "plain\(number)"
                    case 1: "user:\(number)"
                    case 2: "cache:page:\(number)"
                    case 3: "cache:part:\(number):more"
                    default: "set\(number % 20):\(number)"
                    }
                switch random.next() % 3 {
                case 0: _ = server.say("SET \(key) \"\(value)\" PX 100000000")
                case 1 where made[key] == nil: _ = server.say("HSET \(key) a \"\(value)\" b 2")
                default: _ = server.say("SET \(key) \"\(value)\"")
                }
                made[key] = ""
            }
            for key in made.keys {
                let size = server.memoryUsage(of: key)
                let parts = key.split(separator: ":", omittingEmptySubsequences: false)
                var prefixes = [parts.count > 1 ? String(parts[0]) : ""]
                if parts.count > 2 { prefixes.append("\(parts[0]):\(parts[1])") }
                for prefix in prefixes {
                    keys[prefix, default: 0] += 1
                    bytes[prefix, default: 0] += size
                }
                total += 1
            }
        }
        UsageTests.walk(&server)
        let shown = UsageTests.lines("prefixes", "prefix_", &server)
        #expect(Set(shown.keys) == Set(keys.keys))
        for (prefix, pairs) in shown {
            #expect(
                pairs["keys"] == "\(keys[prefix] ?? 0)" && pairs["bytes"] == "\(bytes[prefix] ?? 0)",
                "seed \(seed), \(prefix)")
            #expect(pairs["missed_bytes"] == "0")
        }
        let text = server.say("INFO prefixes")
        #expect(text.contains("prefixes_walk_keys:\(total)\r\n") && text.contains("prefixes_walk_age_seconds:0\r\n"))
        let most = server.context.prefixWalk.mostKeysInSlice
        #expect(most > 0 && most < 1000)
    }

    /// Keys come and go, and databases are emptied and exchanged, while a walk goes on.
    @Test func theWalkSurvivesWhateverHappens() {
        var server = UsageTests.server(UsageTests.settings(sampling: 0, prefixes: 16))
        var random = RandomSource(seed: 5)
        for round in 0..<30 {
            _ = server.say("SELECT \(round % 3)")
            _ = server.say("DEBUG POPULATE 3000 p\(round):\(round)")
            server.context.prefixWalk.begin(at: server.context.now, server.context.settings.usage)
            while server.context.prefixWalk.isRunning {
                server.context.walkPrefixes()
                switch random.next() % 8 {
                case 0: _ = server.say("FLUSHDB")
                case 1: _ = server.say("SWAPDB 0 1")
                case 2: _ = server.say("DEBUG POPULATE 500 q\(random.next() % 100)")
                default: break
                }
            }
        }
        let found = server.say("INFO prefixes").contains("prefixes_walk_keys:")
        #expect(found)
    }

    @Test func theWalkHappensByItself() {
        var settings = Settings()
        settings.usage.walkSeconds = 10
        settings.savePoints = []
        var machine = Machine(settings)
        _ = machine.ask("SET a:1 x")
        // A slice that was held up by other processes is followed by a long rest.
        func walk(until keys: String) {
            for _ in 0..<1000 where machine.information("prefixes_walk_keys") != keys {
                machine.pass(milliseconds: 100)
            }
        }
        walk(until: "1")
        #expect(machine.information("prefixes_walk_keys") == "1")
        _ = machine.ask("SET a:2 x")
        machine.pass(milliseconds: 5000)
        #expect(
            machine.information("prefixes_walk_keys") == "1" && machine.information("prefixes_walk_age_seconds") == "5")
        walk(until: "2")
        #expect(
            machine.information("prefixes_walk_keys") == "2" && machine.information("prefixes_walk_age_seconds") == "0")
        // Nothing changes, and so nothing is walked; what was found is as good as new.
        machine.pass(milliseconds: 10_000)
        machine.pass(milliseconds: 1000)
        #expect(machine.information("prefixes_walk_age_seconds") == "1")
    }

    // MARK: HOTKEYS

    @Test func aSessionCountsEveryCommandWithKeys() {
        var server = UsageTests.server(UsageTests.settings(sampling: 64))
        _ = server.say("HOTKEYS START METRICS 1 NET COUNT 2")
        for _ in 0..<7 { _ = server.say("GET often") }
        for _ in 0..<3 { _ = server.say("MGET seldom often") }
        _ = server.say("PING")
        _ = server.say("MULTI")
        _ = server.say("GET seldom")
        _ = server.say("EXEC")
        _ = server.say("HOTKEYS STOP")
        _ = server.say("GET often")
        let reply = server.say("HOTKEYS GET")
        let get = 4 + 9 + 11 + 5, seldom = 4 + 9 + 12 + 5, both = 4 + 10 + 12 + 11 + 4 + 10
        let total = 7 * get + 3 * both + seldom
        #expect(reply.contains("net-bytes-all-commands-all-slots\r\n:\(total)\r\n"), "\(reply)")
        let often = 7 * get + 3 * (both / 2), rest = seldom + 3 * (both / 2)
        #expect(
            reply.contains("by-net-bytes\r\n*4\r\n$5\r\noften\r\n:\(often)\r\n$6\r\nseldom\r\n:\(rest)\r\n"), "\(reply)"
        )
        #expect(server.context.usage.commandsLeft > 0)
    }

    @Test func aSessionEndsWhenItsTimeIsOver() {
        let settings = Settings()
        var machine = Machine(settings)
        #expect(machine.ask("HOTKEYS START METRICS 1 CPU DURATION 2") == "+OK\r\n")
        machine.pass(milliseconds: 1999)
        #expect(machine.ask("INFO hotkeys").contains("hotkeys-tracking-active:1"))
        machine.pass(milliseconds: 10)
        #expect(machine.ask("INFO hotkeys").contains("hotkeys-tracking-active:0"))
        #expect(machine.ask("HOTKEYS GET").contains("collection-duration-ms\r\n:2000\r\n"))
        #expect(machine.ask("HOTKEYS STOP") == "$-1\r\n")
    }
}

extension Server {
    /// What MEMORY USAGE says of a key, whatever it holds.
    fileprivate mutating func memoryUsage(of key: String) -> Int {
        withBytes(of: Array(key.utf8)) { context.keyspace.describe(Key($0))?.memoryUsage ?? 0 }
    }
}
