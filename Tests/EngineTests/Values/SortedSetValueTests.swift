// Sorted sets against a dictionary and a sorted array, through both forms. The seed of a failing run is in its message.

import Testing

@testable import Engine

@Suite struct SortedSetValueTests {
    @Test(arguments: [1, 2, 3, 4, UInt64.random(in: 5...UInt64.max)])
    func aSortedSetHoldsWhatADictionaryWould(_ seed: UInt64) {
        let heap = Heap(seed: seed)
        if seed % 2 == 0 { heap.limits.sortedSetEntries = 1 << 20 }
        var random = RandomSource(seed: seed)
        var set = SortedSetValue.empty(in: heap), model: [[UInt8]: Double] = [:]
        for step in 0..<3000 {
            let comment: Comment = "seed \(seed), step \(step)"
            let name = Array(String(Int.random(in: 0..<(step < 500 ? 60 : 500), using: &random)).utf8)
            let member = Int(name[0]) % 3 == 0 ? [120] + name : name, bytes = PackedListTests.buffer(member)
            switch Int.random(in: 0..<(step % 1000 < 700 ? 8 : 12), using: &random) {
            case 0...5:
                let score = SortedSetValueTests.score(&random)
                let rules = ScoreRules(
                    rawValue: [0, 0, 0, 1, 2, 4, 8, 16, 18, 6][Int.random(in: 0..<10, using: &random)])
                let (change, new) = set.add(bytes.contents, score: score, rules)
                expectChange(change, new, of: member, score, rules, &model, comment)
            case 6 where step % 10 == 0:
                let count = set.count, low = Int.random(in: 0...count, using: &random), high = min(count, low + 5)
                for entry in order(model)[low..<high] { model[entry.member] = nil }
                set.remove(low..<high)
            default:
                let wasThere = set.remove(bytes.contents)
                #expect(wasThere == (model.removeValue(forKey: member) != nil), comment)
            }
            if step % 50 == 0 { expectSame(set, model, &random, comment) }
            if step % 700 == 699 {
                let copy = set.copied()
                var budget = 4
                while !set.free(budget: &budget) { budget = 4 }
                set = copy
            }
        }
        let usage = set.memoryUsage
        #expect(usage <= heap.used && heap.used - usage <= 64, "seed \(seed)")
        var budget = 3
        while !set.free(budget: &budget) { budget = 3 }
        #expect(heap.used == 0, "seed \(seed)")
    }

    private static func score(_ random: inout RandomSource) -> Double {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .infinity
        case 1: -.infinity
        case 2: Double(Int.random(in: -3...3, using: &random)) / 2
        case 3: Double.random(in: -10...10, using: &random)
        case 4: 1e300
        case 5: Double(bitPattern: 0x3132_3334_3536_3738)
        default: Double(Int.random(in: 0...5, using: &random))
        }
    }

    private func order(_ model: [[UInt8]: Double]) -> [(member: [UInt8], score: Double)] {
        model.map { (member: $0.key, score: $0.value) }.sorted {
            $0.score != $1.score ? $0.score < $1.score : $0.member.lexicographicallyPrecedes($1.member)
        }
    }

    private func expectChange(
        _ change: ScoreChange, _ new: Double, of member: [UInt8], _ score: Double, _ rules: ScoreRules,
        _ model: inout [[UInt8]: Double],
        _ comment: Comment
    ) {
        guard let old = model[member] else {
            #expect(change == (rules.contains(.onlyPresent) ? .refused : .added), comment)
            if !rules.contains(.onlyPresent) { model[member] = score }
            return
        }
        let wanted = rules.contains(.increment) ? old + score : score
        if rules.contains(.onlyNew) {
            #expect(change == .refused, comment)
        } else if wanted.isNaN {
            #expect(change == .notANumber, comment)
        } else if rules.contains(.onlyGreater) && wanted <= old || rules.contains(.onlyLess) && wanted >= old {
            #expect(change == .refused, comment)
        } else {
            #expect(change == (wanted == old ? .same : .updated) && new == wanted, comment)
            model[member] = wanted
        }
    }

    private func expectSame(
        _ set: borrowing SortedSetValue, _ model: [[UInt8]: Double], _ random: inout RandomSource, _ comment: Comment
    ) {
        let wanted = order(model)
        let isWhole = set.checkInvariants(), count = set.count
        #expect(isWhole && count == wanted.count, comment)
        let low = Int.random(in: 0...wanted.count, using: &random),
            high = Int.random(in: low...wanted.count, using: &random)
        for backwards in [false, true] {
            var seen: [[UInt8]] = [], scores: [Double] = []
            set.forEach(in: low..<high, backwards: backwards) { member, score in
                seen.append(PackedListTests.array(member))
                scores.append(score)
            }
            let part = backwards ? wanted[low..<high].reversed() : Array(wanted[low..<high])
            #expect(seen == part.map(\.member) && scores == part.map(\.score), comment)
        }
        if low < wanted.count {
            let bytes = PackedListTests.buffer(wanted[low].member)
            let rank = set.rank(of: bytes.contents)?.rank, score = set.score(of: bytes.contents)
            #expect(rank == low && score == wanted[low].score, comment)
        }
        let range = ScoreRange(least: -1, most: 3, leavesOutLeast: low % 2 == 0, leavesOutMost: high % 2 == 0)
        let ranks = set.ranks(in: range)
        let expected = wanted.indices.filter { !range.isBelow(wanted[$0].score) && range.reaches(wanted[$0].score) }
        #expect(Array(ranks) == expected, comment)
        var scanned: Set<[UInt8]> = [], cursor: UInt64 = 0
        repeat {
            cursor = set.scan(cursor, count: 7) { member, _ in scanned.insert(PackedListTests.array(member)) }
        } while cursor != 0
        #expect(scanned == Set(model.keys), comment)
    }

    @Test func rangesOfMembersAreFoundInBothForms() {
        for entries in [128, 0] {
            let heap = Heap(seed: 1)
            heap.limits.sortedSetEntries = entries
            var set = SortedSetValue.empty(in: heap)
            for member in ["", "1", "10", "2", "a", "aa", "b"] {
                set.add(PackedListTests.buffer(Array(member.utf8)).contents, score: 0)
            }
            let isSmall = !set.isLarge
            let all = set.ranks(in: MemberRange(.least, .most)), none = set.ranks(in: MemberRange(.most, .least))
            let closed = set.ranks(in: MemberRange(.including(Bytes("10")), .including(Bytes("a"))))
            let open = set.ranks(in: MemberRange(.excluding(Bytes("10")), .excluding(Bytes("a"))))
            #expect(isSmall == (entries > 0) && all == 0..<7 && none.isEmpty && closed == 2..<5 && open == 3..<4)
            var budget = 100
            _ = set.free(budget: &budget)
            #expect(heap.used == 0)
        }
    }

    @Test func membersTakeLittleMemory() {
        let heap = Heap(seed: 1)
        var small = SortedSetValue.empty(in: heap)
        for number in 0..<10 {
            small.add(PackedListTests.buffer(Array("member:\(100_000 + number)".utf8)).contents, score: Double(number))
        }
        let smallUsage = small.memoryUsage
        #expect(smallUsage <= 184)
        var large = SortedSetValue.empty(in: heap)
        var random = RandomSource(seed: 1)
        for number in 0..<50_000 {
            large.add(
                PackedListTests.buffer(Array("member:\(100_000_000 + number)".utf8)).contents,
                score: Double(random.next() >> 20))
        }
        let perMember = Double(large.memoryUsage) / 50_000
        print("one large sorted set: \(perMember) bytes per member of 16")
        #expect(perMember <= 70)
    }
}
