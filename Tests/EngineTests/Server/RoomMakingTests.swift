// The memory limit as clients see it: whatever they write, the data stay within the limit, and a limit that shrinks is
// reached in short steps.

import Testing

@testable import Engine

@Suite struct RoomMakingTests {
    private static let policies: [EvictionPolicy] = [
        .allKeysLRU, .allKeysLFU, .allKeysRandom, .volatileLRU, .volatileLFU, .volatileRandom, .volatileTTL,
    ]

    private static func fill(_ simulation: inout Simulation, _ client: Int32, keys: Int) {
        for start in stride(from: 0, to: keys, by: 1000) {
            let batch = (start..<start + 1000).map { "SET key:\($0) 12345678\r\n" }
            simulation.network.say(batch.joined().utf8, on: client)
            var answers = 0
            while answers < 1000 {
                simulation.turns(1)
                answers += simulation.hear(client).utf8.count { $0 == 10 }
            }
        }
    }

    /// Values of all sizes and kinds, deletions and overwrites, in batches.
    @Test(arguments: policies, [UInt64(1), 2])
    func theDataStayWithinTheLimit(_ policy: EvictionPolicy, _ seed: UInt64) {
        var simulation = Simulation()
        let client = simulation.connect()
        var random = RandomSource(seed: seed)
        let limit = 2 << 20
        _ = simulation.ask("CONFIG SET maxmemory \(limit) maxmemory-policy \(policy.rawValue)\r\n", client)
        var worst = 0, largest = 0
        for _ in 0..<150 {
            var batch = "", size = 0
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                let key = "key:\(Int.random(in: 0..<5000, using: &random))"
                let length = [10, 100, 1000, 20_000][Int.random(in: 0..<4, using: &random)]
                size = max(size, length)
                let value = String(repeating: "v", count: length)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: batch += "DEL \(key)\r\n"
                case 1: batch += "SADD set:\(key) \(value)\r\nEXPIRE set:\(key) 5000\r\n"
                case 2: batch += "SETEX \(key) \(Int.random(in: 50...5000, using: &random)) \(value)\r\n"
                default: batch += "SET \(key) \(value) EX 9000\r\n"
                }
            }
            let answer = simulation.ask(batch, client)
            #expect(!answer.contains("OOM"))
            largest = max(largest, size)
            worst = max(worst, simulation.loop.server.context.memoryOverLimit)
        }
        let evicted = simulation.loop.server.context.keyspace.evictedCount
        #expect(evicted > 100, "\(policy) \(seed)")
        // The last command of a batch may have added one value, and a table may have grown.
        #expect(worst <= largest + limit / 20, "\(policy) \(seed): \(worst)")
        simulation.loop.server.context.keyspace.checkInvariants()
    }

    @Test(arguments: [EvictionPolicy.allKeysLRU, .allKeysHitDensity, .allKeysS3FIFO])
    func aSmallerLimitIsReachedInSmallSteps(_ policy: EvictionPolicy) {
        var simulation = Simulation()
        let client = simulation.connect()
        RoomMakingTests.fill(&simulation, client, keys: 60_000)
        _ = simulation.ask("CONFIG SET maxmemory-policy \(policy.rawValue) maxmemory-eviction-tenacity 0\r\n", client)
        _ = simulation.ask("CONFIG SET maxmemory 1mb\r\n", client)
        var turns = 0, before = simulation.loop.server.context.keyspace.evictedCount
        while simulation.loop.server.context.memoryOverLimit > 0, turns < 10_000 {
            simulation.turns(1)
            turns += 1
            let evicted = simulation.loop.server.context.keyspace.evictedCount
            #expect(evicted - before <= 64)
            before = evicted
        }
        #expect(turns > 100 && turns < 10_000)
        // Then there is nothing to do until somebody comes.
        simulation.turns(3)
        #expect(simulation.network.lastWait > 0)
        #expect(simulation.ask("SET another 1\r\n", client) == "+OK\r\n")
    }

    /// While it is being reached, writers cannot make things worse.
    @Test func writersDoNotRunAheadOfEviction() {
        var simulation = Simulation()
        let client = simulation.connect()
        RoomMakingTests.fill(&simulation, client, keys: 40_000)
        // Without a limit nothing is counted but data.
        let usage = simulation.loop.server.context.memoryParts.usage
        let used = simulation.loop.server.context.memoryForLimit + usage
        _ = simulation.ask("CONFIG SET maxmemory-policy allkeys-lru maxmemory-eviction-tenacity 0\r\n", client)
        _ = simulation.ask("CONFIG SET maxmemory \(used)\r\n", client)
        let value = String(repeating: "x", count: 50_000)
        for number in 0..<30 {
            _ = simulation.ask("SET large:\(number) \(value)\r\n", client)
            let over = simulation.loop.server.context.memoryOverLimit
            // The last value, what it is read and answered with, and the margin.
            #expect(over <= 120_000 + used / 32)
        }
    }

    @Test func whatIsRefusedAndHowLongIsCounted() {
        var simulation = Simulation()
        let client = simulation.connect()
        _ = simulation.ask("SET a 1\r\nCONFIG SET maxmemory 1\r\n", client)
        #expect(simulation.ask("SET b 1\r\n", client).hasPrefix("-OOM"))
        _ = simulation.ask("CONFIG SET maxmemory-policy allkeys-random\r\n", client)
        let answers = simulation.ask("DBSIZE\r\nSET b 1\r\n", client)
        #expect(answers.hasPrefix(":0\r\n-OOM"))
        #expect(simulation.ask("INFO stats\r\n", client).contains("evicted_keys:1\r\n"))
        _ = simulation.ask("CONFIG SET maxmemory 0\r\n", client)
        #expect(simulation.ask("INFO stats\r\n", client).contains("current_eviction_exceeded_time:0\r\n"))
    }
}
