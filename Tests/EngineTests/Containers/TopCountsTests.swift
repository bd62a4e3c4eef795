// The summary of the heaviest names beside exact counts: what it promises holds for every name, whatever the stream is.

import Testing

@testable import Engine

@Suite struct TopCountsTests {
    /// Numbers of names: few that are frequent and many that are rare, or all alike.
    static func name(_ random: inout RandomSource, of count: Int, skewed: Bool) -> Int {
        let fraction = Double(random.next() >> 11) / 0x1p53
        guard skewed else { return min(count - 1, Int(fraction * Double(count))) }
        // The inverse of the distribution that falls with the rank.
        var power = 1.0
        for _ in 0..<6 { power *= fraction }
        return min(count - 1, Int(power * Double(count)))
    }

    @Test(arguments: [1, 2, 3] as [UInt64], [true, false])
    func whatItSaysIsWithinItsBound(_ seed: UInt64, _ skewed: Bool) {
        var random = RandomSource(seed: seed)
        var summary = TopCounts(size: 64)
        let hash = KeyHash(seed: seed)
        var exact: [UInt64: UInt64] = [:], total: UInt64 = 0
        for step in 0..<60_000 {
            let text = "name:\(TopCountsTests.name(&random, of: 3000, skewed: skewed))"
            let weight = random.next() % 5 == 0 ? random.next() % 1000 : 1
            withBytes(of: Array(text.utf8)) { name in
                summary.add(hash(name), (weight, 1, 0), name: name)
                exact[hash(name), default: 0] += weight
            }
            total += weight
            if step % 1000 == 0 {
                let isSound = summary.checkInvariants()
                #expect(isSound, "seed \(seed), step \(step)")
            }
        }
        let (added, lost, count) = (summary.total, summary.lost, summary.count)
        #expect(added == total && count <= 64)
        #expect(lost <= total * 2 / 64, "seed \(seed): \(lost) of \(total)")
        var here: Set<UInt64> = []
        for index in 0..<count {
            let row = summary[index], truth = exact[row.hash] ?? 0
            here.insert(row.hash)
            #expect(row.counts.0 <= truth && truth <= row.counts.0 + row.missed, "seed \(seed)")
        }
        for (name, weight) in exact where !here.contains(name) { #expect(weight <= lost, "seed \(seed)") }
    }

    @Test func asManyNamesAsPlacesAreExact() {
        var summary = TopCounts(size: 16)
        let hash = KeyHash(seed: 1)
        for number in 0..<160 {
            withBytes(of: Array("n\(number % 16)".utf8)) { summary.add(hash($0), (2, 3, 4), tag: 7, name: $0) }
        }
        let (count, lost) = (summary.count, summary.lost)
        #expect(count == 16 && lost == 0)
        for index in 0..<16 {
            let row = summary[index], name = summary.name(index)
            #expect(row.counts == (20, 30, 40) && row.tag == 7 && row.missed == 0 && name.first == UInt8(ascii: "n"))
        }
        summary.removeAll()
        let isEmpty = summary.count == 0 && summary.checkInvariants()
        #expect(isEmpty)
    }

    @Test func longNamesKeepTheirStartAndTheirLength() {
        var summary = TopCounts(size: 16)
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 1000)
        withBytes(of: long) { summary.add(1, (1, 0, 0), name: $0) }
        let (length, name) = (summary[0].length, summary.name(0))
        #expect(length == 1000 && name.count == TopCounts.longestName)
    }
}
