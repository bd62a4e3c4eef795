// Keys that are moved out of sparse pages: memory comes back, nothing is lost, and nobody waits long. What happens
// while snapshots are taken and replies grow is in the models of those, which defragment by chance.

import Platform
import Testing

@testable import Engine

@Suite struct DefragmentationTests {
    private static func fill(_ keyspace: inout Keyspace, _ numbers: Range<Int>) {
        for number in numbers {
            let moment: Deadline = number % 3 == 0 ? .at(1 << 40 + Int64(number)) : .never
            withBytes(of: Array("key:\(number)".utf8)) { key in
                withBytes(of: [UInt8](repeating: UInt8(number & 0xFF), count: 64)) {
                    try? keyspace.replace(Key(key), with: $0, deadline: moment, event: .set)
                }
            }
        }
    }

    private static func defragment(_ keyspace: inout Keyspace) -> Int {
        var steps = 0
        while !keyspace.defragment(until: 0) { steps += 1 }
        return steps
    }

    @Test func aKeyspaceThatShrinksGivesItsPagesBack() {
        var keyspace = Keyspace(now: 0, seed: 7, databaseCount: 2)
        DefragmentationTests.fill(&keyspace, 0..<60_000)
        for number in 0..<60_000 where number % 10 != 0 {
            withBytes(of: Array("key:\(number)".utf8)) { _ = keyspace.remove(Key($0)) }
        }
        let before = keyspace.heap.usage
        keyspace.beginDefragmentation()
        var steps = 0
        while keyspace.defragmentation.stage != .ending {
            _ = keyspace.defragment(until: 0)
            steps += 1
        }
        // Blocks that are no key's have pages of sizes of their own.
        let left = keyspace.heap.pagesLeft
        #expect(left.isEmpty, "\(left)")
        _ = DefragmentationTests.defragment(&keyspace)
        while keyspace.freeSome(budget: 100) {}
        let after = keyspace.heap.usage
        #expect(before.active > 3 * before.allocated)
        // Every size of block has a page that is not full.
        #expect(after.active < after.allocated * 5 / 4 + (1 << 20) && after.allocated <= before.allocated, "\(after)")
        #expect(steps > 50)
        // Tables that became smaller meanwhile have left nothing sparse either.
        let sparse = keyspace.heap.report().classes.filter { $0.pages > 2 && $0.free * 4 > $0.live }
        #expect(sparse.isEmpty, "\(sparse)")
        // A round ends without pages that are kept for the next who needs some.
        keyspace.beginDefragmentation()
        _ = DefragmentationTests.defragment(&keyspace)
        let rest = keyspace.heap.usage
        #expect(after.resident > after.active && rest.resident == rest.active, "\(rest)")
        keyspace.checkInvariants()
        for number in stride(from: 0, to: 60_000, by: 10) {
            let isThere = withBytes(of: Array("key:\(number)".utf8)) { key in
                guard let found = try? keyspace.string(at: Key(key)) else { return false }
                return found.withBytes { $0.count == 64 && $0[63] == UInt8(number & 0xFF) }
            }
            guard isThere else { return #expect(isThere) }
        }
    }

    @Test func nothingIsWorthDoingInAFullKeyspace() {
        var keyspace = Keyspace(now: 0, seed: 7, databaseCount: 2)
        DefragmentationTests.fill(&keyspace, 0..<20_000)
        keyspace.beginDefragmentation(fewestPages: 20)
        let steps = DefragmentationTests.defragment(&keyspace), moved = keyspace.heap.evacuationCounts.moved
        #expect(steps < 10 && moved == 0)
    }

    @Test func aRoundThatIsStoppedLeavesNoPageUnused() {
        var keyspace = Keyspace(now: 0, seed: 7, databaseCount: 2)
        DefragmentationTests.fill(&keyspace, 0..<20_000)
        for steps in [0, 1, 2, 3, 5, 40, 80] {
            keyspace.beginDefragmentation(ofAll: true)
            for _ in 0..<steps { _ = keyspace.defragment(until: 0) }
            keyspace.stopDefragmentation()
            _ = DefragmentationTests.defragment(&keyspace)
            let left = keyspace.heap.pagesLeft.count
            #expect(left == 0)
            keyspace.checkInvariants()
        }
    }

    @Test func everyBlockOfAKeyIsFound() {
        var keyspace = Keyspace(now: 0, seed: 7, databaseCount: 2)
        DefragmentationTests.fill(&keyspace, 0..<30_000)
        keyspace.beginDefragmentation(ofAll: true)
        while keyspace.defragmentation.stage != .ending { _ = keyspace.defragment(until: 0) }
        // The rows of the wheels are not moved.
        let left = keyspace.heap.pagesLeft.filter { ![128, 256, 5632].contains($0.size) }
        #expect(left.isEmpty, "\(left)")
        _ = DefragmentationTests.defragment(&keyspace)
        keyspace.checkInvariants()
    }
}
