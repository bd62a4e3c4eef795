// What a replica keeps because it follows another server: all of it is accounted for, and given back.

import Platform
import Testing

@testable import Engine

@Suite struct FollowingMemoryTests {
    private static func number(_ field: String, _ follower: inout Follower) -> Int {
        Int(follower.machine.information(field) ?? "") ?? -1
    }

    /// What INFO calls overhead, without the tables of the keys themselves.
    private static func overhead(_ follower: inout Follower) -> Int {
        follower.machine.loop.server.context.infoFacts().memory.overhead
            - follower.machine.loop.server.context.infoFacts().memory.tables
    }

    private static func write(_ count: Int, _ follower: inout Follower, _ line: (Int) -> String) {
        for start in stride(from: 0, to: count, by: 500) {
            follower.machine.say((start..<min(start + 500, count)).map { line($0) + "\r\n" }.joined())
            var answers = 0
            while answers < min(500, count - start) {
                follower.machine.turns(1)
                answers += follower.machine.hear().count { $0 == "\r\n" }
            }
        }
    }

    @Test func ownDeadlinesAreAccountedFor() {
        var follower = Follower { $0.replicaIsReadOnly = false }
        follower.synchronize()
        let count = 20_000, before = FollowingMemoryTests.overhead(&follower)
        let used = FollowingMemoryTests.number("used_memory", &follower)
        FollowingMemoryTests.write(count, &follower) { "SET own:\($0) 1 EX 60" }
        follower.machine.pass(milliseconds: 100)
        #expect(follower.machine.loop.server.context.ownDeadlines.count == count)
        let grown = FollowingMemoryTests.overhead(&follower) - before
        // A name and two places for each.
        #expect(grown > count * 100 && grown < count * 400, "\(grown)")
        let parts = follower.machine.loop.server.context.memoryParts
        #expect(parts.following > count * 100 && parts.besidesData(clientsAreLimited: false) > count * 100)
        #expect(FollowingMemoryTests.number("used_memory", &follower) > used + count * 100)
        FollowingMemoryTests.write(count, &follower) { $0 % 2 == 0 ? "DEL own:\($0)" : "PERSIST own:\($0)" }
        follower.machine.pass(milliseconds: 100)
        #expect(follower.machine.loop.server.context.ownDeadlines.count == 0)
        #expect(FollowingMemoryTests.overhead(&follower) < before + 50_000)
    }

    /// Keys without a time to live are in no list, however many change between two rounds; nor are keys that are gone.
    @Test func onlyKeysThatWillEndAreNoted() {
        var follower = Follower { $0.replicaIsReadOnly = false }
        follower.synchronize()
        FollowingMemoryTests.write(20_000, &follower) { "SET own:\($0 % 7000) 1" }
        #expect(follower.machine.loop.server.context.ownDeadlines.count == 0)
        FollowingMemoryTests.write(20_000, &follower) {
            $0 % 2 == 0 ? "SET own:\($0) 1 EX 60" : "DEL own:\($0 - 1)"
        }
        follower.machine.pass(milliseconds: 100)
        #expect(follower.machine.loop.server.context.ownDeadlines.count == 0)
    }

    /// Its time may be over before anybody has looked at it.
    @Test func whatIsNotedLateEndsAllTheSame() {
        var follower = Follower { $0.replicaIsReadOnly = false }
        follower.synchronize()
        #expect(follower.ask("SET own 1 PX 1") == "+OK\r\n")
        follower.machine.clock.milliseconds += 5
        FollowingMemoryTests.write(1000, &follower) { "SET own:\($0) 1" }
        follower.machine.pass(milliseconds: 200)
        #expect(follower.ask("DBSIZE") == ":1002\r\n")
    }

    /// What an emptied database leaves behind goes faster than it can come.
    @Test func anEmptiedDatabaseLeavesNothing() {
        var follower = Follower { $0.replicaIsReadOnly = false }
        follower.synchronize()
        FollowingMemoryTests.write(20_000, &follower) { "SET own:\($0) 1 EX 60" }
        #expect(follower.ask("FLUSHALL") == "+OK\r\n")
        for _ in 0..<3 { follower.machine.pass(milliseconds: 100) }
        #expect(follower.machine.loop.server.context.ownDeadlines.count == 0)
        _ = follower.ask("SET own 1 EX 60")
        follower.machine.pass(milliseconds: 100)
        #expect(follower.machine.loop.server.context.ownDeadlines.count == 1)
        #expect(follower.ask("REPLICAOF NO ONE") == "+OK\r\n")
        #expect(follower.machine.loop.server.context.memoryParts.following == 0)
    }

    /// Half a transaction waits in the link; the rest of the stream in the input of its client.
    @Test func whatTheStreamHasBroughtIsAccountedFor() {
        var follower = Follower()
        follower.synchronize()
        let before = FollowingMemoryTests.number("used_memory", &follower)
        let value = String(repeating: "x", count: 1 << 20)
        follower.say(Follower.requests("MULTI", "SET a \(value)", "SET b \(value)"))
        follower.machine.turns(10)
        let held = FollowingMemoryTests.number("used_memory", &follower) - before
        // As it came, and most of it as it is queued.
        #expect(held > 3 << 20, "\(held)")
        #expect(follower.machine.loop.server.context.memoryParts.following > 2 << 20)
        follower.say(Follower.requests("DISCARD"))
        #expect(FollowingMemoryTests.number("used_memory", &follower) < before + 1 << 20)
    }
}
