// The cache of scripts beside a plain dictionary, and what it forgets.

import Lua
import Testing

@testable import Engine

@Suite struct ScriptCacheTests {
    private static func digest(_ text: String) -> SHA1 { withBytes(of: Array(text.utf8)) { SHA1(of: $0) } }

    private static func insert(_ text: String, _ hash: UInt64, _ cache: inout ScriptCache) -> Int {
        let digest = digest(text)
        return withBytes(of: Array(text.utf8)) { cache.insert(digest, $0, hash: hash, .undeclared, .nil) }
    }

    private static func find(_ text: String, _ hash: UInt64, _ cache: borrowing ScriptCache) -> Int? {
        withBytes(of: Array(text.utf8)) { cache.find(body: $0, hash: hash) }
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3 ... .max)])
    func numbersAreFoundByTheirHashes(_ seed: UInt64) {
        var random = RandomSource(seed: seed), index = HashIndex(), model: [(hash: UInt64, number: Int)] = []
        for step in 0..<5000 {
            // Few hashes, so that many are the same, and many lie next to each other.
            let hash = random.next() % 64 << 8
            if random.next() % 5 < 3 {
                index.insert(hash, step)
                model.append((hash, step))
            } else if let place = model.indices.randomElement() {
                let gone = model.remove(at: place)
                index.remove(gone.hash, gone.number)
            }
            var search = HashIndex.Search(hash), found: [Int] = []
            while let number = index.next(&search) { found.append(number) }
            let expected = model.filter { $0.hash == hash }.map(\.number)
            #expect(Set(found) == Set(expected) && found.count == expected.count, "seed \(seed)")
        }
    }

    @Test func whatOnlyEvaluationHasMetIsBounded() {
        var cache = ScriptCache()
        for number in 0..<1200 {
            let place = ScriptCacheTests.insert("return \(number)", UInt64(number) << 8, &cache)
            if number < 10 { cache.keep(place) }
            // One of the old ones is used all the time.
            if number >= 20, let used = ScriptCacheTests.find("return 20", 20 << 8, cache) { cache.noteUse(of: used) }
            cache.noteUse(of: place)
            while cache.evict(sparing: place) != nil {}
        }
        #expect(cache.count == 510)
        for number in 0..<10 {
            #expect(ScriptCacheTests.find("return \(number)", UInt64(number) << 8, cache) != nil)
        }
        #expect(ScriptCacheTests.find("return 20", 20 << 8, cache) != nil)
        #expect(ScriptCacheTests.find("return 30", 30 << 8, cache) == nil)
        #expect(cache.find(ScriptCacheTests.digest("return 1199")) != nil)
        #expect(cache.find(ScriptCacheTests.digest("return 600")) == nil)
        #expect(ScriptCacheTests.find("return 1198", 1199 << 8, cache) == nil)
    }
}
