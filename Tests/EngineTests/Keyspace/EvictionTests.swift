// Which keys eviction takes, held against the exact order of uses, frequencies and deadlines; the seeds are fixed.

import Testing

@testable import Engine

@Suite struct EvictionTests {
    private static let seeds: [UInt64] = [1, 2, 3, 4]
    private static let volatile: [EvictionPolicy] = [
        .volatileLRU, .volatileLFU, .volatileRandom, .volatileTTL, .volatileHitDensity, .volatileS3FIFO,
    ]
    private static let all: [EvictionPolicy] = [.allKeysLRU, .allKeysLFU, .allKeysRandom]

    private static func keyspace(_ policy: EvictionPolicy, seed: UInt64) -> Keyspace {
        var keyspace = Keyspace(now: 1_000_000_000, seed: seed, databaseCount: 3)
        var settings = Settings()
        settings.maxMemoryPolicy = policy
        keyspace.countDensity(learning: policy.learnsDensity)
        keyspace.clock.countsFrequency = policy.order == .frequency
        keyspace.eviction.apply(settings)
        return keyspace
    }

    private static func set(_ name: String, _ keyspace: inout Keyspace, deadline: Int64? = nil) {
        withBytes(of: Array(name.utf8)) { key in
            withBytes(of: [UInt8](repeating: 7, count: 20)) { value in
                try? keyspace.replace(Key(key), with: value, deadline: deadline.map { .at($0) } ?? .never, event: .set)
            }
        }
    }

    private static func has(_ name: String, _ keyspace: inout Keyspace) -> Bool {
        withBytes(of: Array(name.utf8)) { keyspace.contains(Key($0)) }
    }

    /// Evicts so many keys; how many there were to evict.
    private static func evict(_ count: Int, _ keyspace: inout Keyspace) -> Int {
        for done in 0..<count where !keyspace.evict() { return done }
        return count
    }

    /// Of keys that were used one after the other, how many of the older half are gone when half of them went.
    private static func shareOfRightVictims(_ keyspace: inout Keyspace, _ order: [String]) -> Double {
        for _ in 0..<order.count / 2 where !keyspace.evict() { return 0 }
        keyspace.select(0)
        let gone = order.prefix(order.count / 2).count { !has($0, &keyspace) }
        return Double(gone) / Double(order.count / 2)
    }

    @Test(arguments: seeds) func theOldestGoFirst(_ seed: UInt64) {
        var keyspace = EvictionTests.keyspace(.allKeysLRU, seed: seed)
        var random = RandomSource(seed: seed)
        let names = (0..<4000).map { "key:\($0)" }
        for name in names { EvictionTests.set(name, &keyspace) }
        let order = names.shuffled(using: &random)
        for name in order {
            keyspace.now += 3000
            withBytes(of: Array(name.utf8)) { _ = keyspace.read(Key($0)) }
        }
        let share = EvictionTests.shareOfRightVictims(&keyspace, order)
        #expect(share > 0.9, "seed \(seed): \(share)")
        keyspace.checkInvariants()
    }

    @Test(arguments: seeds) func theLeastFrequentGoFirst(_ seed: UInt64) {
        var keyspace = EvictionTests.keyspace(.allKeysLFU, seed: seed)
        let names = (0..<2000).map { "key:\($0)" }
        for name in names { EvictionTests.set(name, &keyspace) }
        for name in names[1000...] {
            for _ in 0..<50 { withBytes(of: Array(name.utf8)) { _ = keyspace.read(Key($0)) } }
        }
        let share = EvictionTests.shareOfRightVictims(&keyspace, names)
        #expect(share > 0.9, "seed \(seed): \(share)")
        keyspace.checkInvariants()
    }

    @Test(arguments: seeds) func theNearestDeadlineGoesFirst(_ seed: UInt64) {
        var keyspace = EvictionTests.keyspace(.volatileTTL, seed: seed)
        var random = RandomSource(seed: seed)
        let names = (0..<2000).map { "key:\($0)" }
        let moments = names.indices.map { _ in keyspace.now + .random(in: 1000...100_000_000, using: &random) }
        for (name, moment) in zip(names, moments) { EvictionTests.set(name, &keyspace, deadline: moment) }
        let order = zip(names, moments).sorted { $0.1 < $1.1 }.map(\.0)
        let share = EvictionTests.shareOfRightVictims(&keyspace, order)
        #expect(share > 0.98, "seed \(seed): \(share)")
        keyspace.checkInvariants()
    }

    /// Also where a slot of the wheel holds them all, in no order.
    @Test(arguments: seeds) func theNearerDeadlinesOfOneSlotGoFirst(_ seed: UInt64) {
        var keyspace = EvictionTests.keyspace(.volatileTTL, seed: seed)
        var random = RandomSource(seed: seed)
        let names = (0..<8000).map { "key:\($0)" }
        let slot = (keyspace.now >> 16) + 1 << 16
        let moments = names.indices.map { _ in slot + .random(in: 1..<65_000, using: &random) }
        for (name, moment) in zip(names, moments) { EvictionTests.set(name, &keyspace, deadline: moment) }
        _ = EvictionTests.evict(800, &keyspace)
        var nearLeft = 0
        for (name, moment) in zip(names, moments) where moment < slot + 65_000 / 5 {
            if EvictionTests.has(name, &keyspace) { nearLeft += 1 }
        }
        // A fifth of them are near, and half of those go; others hardly ever.
        #expect(nearLeft < 1600 - 650, "seed \(seed): \(nearLeft)")
        keyspace.checkInvariants()
    }

    /// Also where they are one in a thousand.
    @Test(arguments: volatile, [3, 1000]) func keysWithoutDeadlineStay(_ policy: EvictionPolicy, _ every: Int) {
        var keyspace = EvictionTests.keyspace(policy, seed: 5)
        var random = RandomSource(seed: 5)
        for number in 0..<6000 {
            let isVolatile = number % every == 0
            keyspace.select(number % 2)
            let moment = keyspace.now + .random(in: 1000...100_000_000, using: &random)
            EvictionTests.set("key:\(number)", &keyspace, deadline: isVolatile ? moment : nil)
        }
        let volatileCount = (6000 + every - 1) / every
        let evicted = EvictionTests.evict(volatileCount + 1, &keyspace)
        #expect(evicted == volatileCount)
        keyspace.checkInvariants()
        let (counted, left) = (keyspace.evictedCount, keyspace.databases.keyCount)
        #expect(counted == volatileCount && left == 6000 - volatileCount)
    }

    @Test(arguments: all) func everythingGoesInTheEnd(_ policy: EvictionPolicy) {
        var keyspace = EvictionTests.keyspace(policy, seed: 6)
        for number in 0..<3000 {
            keyspace.select(number % 3)
            EvictionTests.set("key:\(number)", &keyspace, deadline: number % 5 == 0 ? keyspace.now + 50_000 : nil)
        }
        let evicted = EvictionTests.evict(3001, &keyspace), left = keyspace.databases.keyCount
        #expect(evicted == 3000 && left == 0)
        for index in 0..<3 {
            keyspace.select(index)
            keyspace.checkInvariants()
        }
    }

    /// A candidate is no victim any more when it has been used.
    @Test func whatIsUsedIsSafe() {
        var keyspace = EvictionTests.keyspace(.allKeysLRU, seed: 7)
        for number in 0..<16 {
            keyspace.now += 1000
            EvictionTests.set("key:\(number)", &keyspace)
        }
        let first = EvictionTests.evict(1, &keyspace)
        for number in 1..<8 {
            keyspace.now += 1000
            withBytes(of: Array("key:\(number)".utf8)) { _ = keyspace.read(Key($0)) }
        }
        let then = EvictionTests.evict(8, &keyspace)
        let kept = (1..<8).count { EvictionTests.has("key:\($0)", &keyspace) }
        #expect(first == 1 && then == 8 && kept == 7)
    }
}
