// What a small cache still has under the policies that go by hit density, beside the order of last use: scans, loops
// and popularity that moves. Time is turned by hand; seeds are fixed and named where a bound is missed.

import Testing

@testable import Engine

@Suite struct HitDensityTests {
    private static let seeds: [UInt64] = [1, 2, 3]
    private static let ours: [EvictionPolicy] = [.allKeysHitDensity, .allKeysS3FIFO]

    /// A cache that holds so many keys and is asked as an application asks: what is missing is stored.
    private struct Cache: ~Copyable {
        var keyspace: Keyspace
        let size: Int
        private(set) var reads = 0, hits = 0

        init(_ policy: EvictionPolicy, size: Int, seed: UInt64) {
            keyspace = Keyspace(now: 1_000_000_000, seed: seed)
            self.size = size
            adopt(policy)
        }

        mutating func adopt(_ policy: EvictionPolicy) {
            var settings = Settings()
            settings.maxMemoryPolicy = policy
            keyspace.countDensity(learning: policy.learnsDensity)
            keyspace.clock.countsFrequency = policy.order == .frequency
            keyspace.eviction.apply(settings)
        }

        mutating func read(_ number: Int) {
            // A few reads in each second.
            keyspace.now += 100
            reads += 1
            var name = Buffer()
            name.append("key:")
            name.append(decimal: Int64(number))
            let key = Key(name.contents)
            if keyspace.read(key) != nil {
                hits += 1
                return
            }
            try? keyspace.replace(key, with: name.contents, event: .set)
            while keyspace.count > size { if !keyspace.evict() { return } }
        }

        /// The share of hits in what `body` asks for.
        mutating func ratio(_ body: (inout Cache) -> Void) -> Double {
            let before = (reads, hits)
            body(&self)
            return Double(hits - before.1) / Double(max(1, reads - before.0))
        }
    }

    private static func popular(_ random: inout RandomSource, _ count: Int) -> Int {
        // Few are asked for often: the product of two draws is small as a rule.
        let draws = (Double.random(in: 0..<1, using: &random), Double.random(in: 0..<1, using: &random))
        return Int(draws.0 * draws.1 * Double(count))
    }

    /// What the cache still has of a thousand popular keys after twice as many as it holds came once and never again.
    private static func hotRatioAfterScan(_ policy: EvictionPolicy, _ seed: UInt64) -> Double {
        var cache = Cache(policy, size: 2000, seed: seed)
        var random = RandomSource(seed: seed)
        for _ in 0..<30_000 { cache.read(Int.random(in: 0..<1000, using: &random)) }
        for number in 0..<4000 { cache.read(1_000_000 + number) }
        let ratio = cache.ratio { cache in for number in 0..<1000 { cache.read(number) } }
        cache.keyspace.checkInvariants()
        return ratio
    }

    @Test(arguments: ours, seeds) func aScanLeavesThePopularKeys(_ policy: EvictionPolicy, _ seed: UInt64) {
        let ratio = HitDensityTests.hotRatioAfterScan(policy, seed)
        // What learns has seen nothing go before this scan, nor any popular key used during it.
        #expect(ratio > (policy == .allKeysHitDensity ? 0.55 : 0.9), "seed \(seed): \(ratio)")
        let byLastUse = HitDensityTests.hotRatioAfterScan(.allKeysLRU, seed)
        #expect(byLastUse < 0.2, "seed \(seed): \(byLastUse)")
    }

    @Test(arguments: seeds) func aLoopThatDoesNotFitIsKeptInPart(_ seed: UInt64) {
        func ratio(_ policy: EvictionPolicy) -> Double {
            var cache = Cache(policy, size: 1500, seed: seed)
            for step in 0..<20_000 { cache.read(step % 2000) }
            return cache.ratio { cache in for step in 20_000..<40_000 { cache.read(step % 2000) } }
        }
        let (mine, byLastUse) = (ratio(.allKeysHitDensity), ratio(.allKeysLRU))
        #expect(mine > 0.5 && byLastUse < 0.2, "seed \(seed): \(mine), by last use \(byLastUse)")
    }

    @Test(arguments: ours, seeds) func newPopularKeysTakeThePlaceOfOldOnes(_ policy: EvictionPolicy, _ seed: UInt64) {
        func ratios(_ policy: EvictionPolicy) -> (before: Double, after: Double) {
            var cache = Cache(policy, size: 1000, seed: seed)
            var random = RandomSource(seed: seed)
            func ask(_ cache: inout Cache, _ base: Int) {
                for _ in 0..<20_000 { cache.read(base + HitDensityTests.popular(&random, 10_000)) }
            }
            ask(&cache, 0)
            let before = cache.ratio { ask(&$0, 0) }
            ask(&cache, 1_000_000)
            return (before, cache.ratio { ask(&$0, 1_000_000) })
        }
        let (mine, byLastUse) = (ratios(policy), ratios(.allKeysLRU))
        #expect(mine.before > byLastUse.before, "seed \(seed): \(mine) \(byLastUse)")
        #expect(mine.after > byLastUse.after, "seed \(seed): \(mine) \(byLastUse)")
    }

    /// Marks of one policy mean something else to another one; none may do harm.
    @Test(arguments: seeds) func policiesMayChangeAtAnyTime(_ seed: UInt64) {
        var cache = Cache(.allKeysLRU, size: 500, seed: seed)
        var random = RandomSource(seed: seed)
        let policies = EvictionPolicy.allCases.filter { $0 != .noEviction && $0.isForVolatileKeys == false }
        for step in 0..<60 {
            cache.adopt(policies[Int.random(in: 0..<policies.count, using: &random)])
            for _ in 0..<400 { cache.read(HitDensityTests.popular(&random, 5000)) }
            let count = cache.keyspace.count
            #expect(count <= 500, "seed \(seed), step \(step)")
            cache.keyspace.now += Int64.random(in: 0..<100_000_000, using: &random)
        }
        cache.keyspace.checkInvariants()
        cache.adopt(.allKeysLRU)
        let capacity = cache.keyspace.ghosts.capacity
        #expect(capacity == 0)
    }

    @Test func usesAreCountedUpToThree() {
        var density = HitDensity(isLearning: true, reading: 0xFFFF)
        var mark = density.reading
        #expect(HitDensity.uses(mark) == 0)
        for uses in 1...5 {
            mark = density.use(mark)
            #expect(HitDensity.uses(mark) == min(3, uses))
        }
        #expect(mark == density.mostUsed)
        // Time goes on, beyond the largest number of ticks too.
        for _ in 0..<100 {
            density.pass(bytes: 1000, of: 1000)
            let fresh = density.worth(density.mark(uses: 1), bytes: 100)
            #expect(fresh > density.worth(density.mark(uses: 0), bytes: 100))
            #expect(fresh > density.worth(density.mark(uses: 1), bytes: 200))
            #expect(fresh > density.worth(density.mark(uses: 1) &- 4096, bytes: 100))
        }
    }

    /// What comes back after a certain time and never earlier is worth more, the nearer that time is.
    @Test func itLearnsWhenKeysAreUsedAgain() {
        var density = HitDensity(isLearning: true, reading: 0)
        for _ in 0..<200 {
            let mark = density.mark(uses: 1)
            density.pass(bytes: 128 << 8, of: 256 << 8)
            for _ in 0..<20 { _ = density.use(mark) }
            density.learn()
        }
        let now = density.mark(uses: 1)
        density.pass(bytes: 100 << 8, of: 256 << 8)
        let older = now
        let younger = density.mark(uses: 1)
        #expect(density.worth(older, bytes: 100) > density.worth(younger, bytes: 100))
    }
}
