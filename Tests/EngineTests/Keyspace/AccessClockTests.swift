// What the marks of entries tell: when a key was used, after seconds and after months, and which of two was used first
// in a cache that turns over within a second.

import Testing

@testable import Engine

@Suite struct AccessClockTests {
    private static func set(_ name: String, _ keyspace: inout Keyspace) {
        withBytes(of: Array(name.utf8)) { key in
            withBytes(of: [1, 2, 3]) { try? keyspace.replace(Key(key), with: $0, event: .set) }
        }
    }

    private static func idleSeconds(_ name: String, _ keyspace: inout Keyspace) -> Int {
        withBytes(of: Array(name.utf8)) { key in
            let entry = keyspace.look(at: Key(key))
            return entry.map { keyspace.clock.idleSeconds(of: $0) } ?? -1
        }
    }

    /// Lets time pass in turns, as the server does.
    private static func pass(_ seconds: Int64, _ keyspace: inout Keyspace) {
        let end = keyspace.now + seconds * 1000
        while keyspace.now < end {
            keyspace.now = min(end, keyspace.now + 50_000)
            keyspace.tendAccessMarks()
        }
    }

    /// Exact for some hours, and to a quarter of an hour for months.
    @Test(arguments: [1, 3000, 30_000, 70_000, 200_000, 2_000_000])
    func idleTimeIsRightHoweverLong(_ seconds: Int64) {
        var keyspace = Keyspace(now: 1_700_000_000_000, seed: 1, databaseCount: 3)
        for number in 0..<300 {
            keyspace.select(number % 3)
            AccessClockTests.set("key:\(number)", &keyspace)
        }
        AccessClockTests.pass(seconds, &keyspace)
        keyspace.select(0)
        AccessClockTests.set("new", &keyspace)
        let tolerance = seconds <= 32_000 ? 0 : 900
        var worst = 0
        for number in 0..<300 {
            keyspace.select(number % 3)
            worst = max(worst, abs(AccessClockTests.idleSeconds("key:\(number)", &keyspace) - Int(seconds)))
        }
        keyspace.select(0)
        let new = AccessClockTests.idleSeconds("new", &keyspace)
        #expect(worst <= tolerance && new == 0)
    }

    /// Time stands still for an hour, or runs back.
    @Test func jumpsOfTimeAreSurvived() {
        var keyspace = Keyspace(now: 1_700_000_000_000, seed: 1, databaseCount: 1)
        AccessClockTests.set("before", &keyspace)
        keyspace.now += 5000
        AccessClockTests.set("later", &keyspace)
        keyspace.now += 86_400_000
        keyspace.tendAccessMarks()
        let idle = ["before", "later"].map { AccessClockTests.idleSeconds($0, &keyspace) }
        #expect(idle == [86_405, 86_400])
        keyspace.now -= 40_000_000
        AccessClockTests.set("earlier", &keyspace)
        keyspace.now += 7000
        #expect(AccessClockTests.idleSeconds("earlier", &keyspace) == 7)
    }

    @Test(arguments: [0, 50, 9000, 32_000, 100_000, 10_000_000, Int64.max])
    func aMarkTellsWhatItWasMadeFor(_ seconds: Int64) {
        var keyspace = Keyspace(now: 1_700_000_000_000, seed: 1, databaseCount: 1)
        for _ in 0..<100 { keyspace.clock.tick() }
        AccessClockTests.set("key", &keyspace)
        let idle = withBytes(of: Array("key".utf8)) { key in
            let entry = keyspace.look(at: Key(key))
            entry?.accessClock = keyspace.clock.mark(idleSeconds: seconds)
            return entry.map { keyspace.clock.idleSeconds(of: $0) } ?? -1
        }
        let expected = min(seconds, 15_360 * 900)
        #expect(abs(Int64(idle) - expected) <= (seconds < 32_000 ? 0 : 900), "\(idle)")
    }

    /// All within one second: keys come and go, and those that are used stay.
    @Test(arguments: [UInt64](1...3)) func aFastCacheTellsOldFromNew(_ seed: UInt64) {
        var keyspace = Keyspace(now: 1_700_000_000_000, seed: seed, databaseCount: 1)
        var settings = Settings()
        settings.maxMemoryPolicy = .allKeysLRU
        keyspace.eviction.apply(settings)
        let size = 2000
        for number in 0..<size { AccessClockTests.set("key:\(number)", &keyspace) }
        for number in size..<size * 20 {
            if !keyspace.evict() { break }
            AccessClockTests.set("key:\(number)", &keyspace)
            if number % 100 == 0 { keyspace.tendAccessMarks() }
        }
        // Of an exact order exactly the newest would be left.
        let kept = (size * 19..<size * 20).count { AccessClockTests.idleSeconds("key:\($0)", &keyspace) >= 0 }
        #expect(Double(kept) / Double(size) > 0.85, "seed \(seed): \(kept)")
        let idle = AccessClockTests.idleSeconds("key:\(size * 20 - 1)", &keyspace)
        #expect(idle == 0)
        keyspace.checkInvariants()
    }

    /// Counters shrink with time, as much as they should and no more, however long.
    @Test(arguments: [1, 3, 100]) func frequencyDecays(_ decayMinutes: Int) {
        var keyspace = Keyspace(now: 1_700_000_000_000, seed: 1, databaseCount: 1)
        keyspace.clock.countsFrequency = true
        keyspace.clock.decayMinutes = decayMinutes
        AccessClockTests.set("key", &keyspace)
        withBytes(of: Array("key".utf8)) { key in
            keyspace.look(at: Key(key))?.accessClock = keyspace.clock.mark(frequency: 200)
        }
        var worst = 0
        for step in 1...30 {
            AccessClockTests.pass(Int64(decayMinutes) * 600, &keyspace)
            let frequency = withBytes(of: Array("key".utf8)) { key in
                let entry = keyspace.look(at: Key(key))
                return entry.map { keyspace.clock.frequency(of: $0) } ?? -1
            }
            worst = max(worst, abs(frequency - max(0, 200 - step * 10)))
        }
        #expect(worst <= 3)
    }
}
