// The index of members against a plain set, through growth, shrinking and scans. A failure names its seed.

import Testing

@testable import Engine

/// A member of at most 255 bytes behind its length.
@safe private struct TestItem: TableItem {
    let start: UnsafeMutableRawPointer

    init(at start: UnsafeMutableRawPointer) { unsafe self.start = start }

    init(_ member: Bytes, in heap: Heap) {
        unsafe start = heap.allocate(1 + member.count)
        unsafe start.storeBytes(of: UInt8(member.count), as: UInt8.self)
        unsafe (start + 1).copyMemory(from: member.start, byteCount: member.count)
    }

    var member: Bytes {
        @_lifetime(immortal) get { unsafe Bytes(unsafeStart: start + 1, count: Int(start.load(as: UInt8.self))) }
    }

    var number: Int { Int(member.dropping(first: 7).integer ?? -1) }
}

/// A table of numbered members.
private struct Members {
    let heap: Heap
    let table: HashTable<TestItem>

    init(seed: UInt64) {
        heap = Heap(seed: seed)
        table = HashTable(heap: heap)
    }

    private func name(_ number: Int) -> Buffer {
        var name = Buffer()
        name.append("member:")
        name.append(decimal: Int64(number))
        return name
    }

    func contains(_ number: Int) -> Bool {
        let name = name(number)
        return table.find(name.contents, heap.hash(name.contents)) != nil
    }

    func insert(_ number: Int) {
        let name = name(number)
        table.insert(TestItem(name.contents, in: heap), heap.hash(name.contents))
    }

    func hash(_ number: Int) -> UInt64 {
        let name = name(number)
        return heap.hash(name.contents)
    }

    func remove(_ number: Int) {
        let name = name(number)
        let hash = heap.hash(name.contents)
        if let place = table.find(name.contents, hash) { unsafe heap.deallocate(table.remove(place, hash).start) }
    }

    func free() {
        var budget = 100
        while !table.free(budget: &budget) { budget = 100 }
    }
}

@Suite struct HashTableTests {
    @Test(arguments: [1, 2, 3])
    func itHoldsWhatASetHolds(_ seed: UInt64) {
        let members = Members(seed: seed)
        var model: Set<Int> = []
        var random = RandomSource(seed: seed)
        for phase in 0..<6 {
            // Growing and shrinking in turn, with a range that differs from phase to phase.
            let range = [300, 20_000, 20_000, 500, 4_000, 20_000][phase]
            let odds: UInt64 = [6, 9, 1, 2, 8, 1][phase]
            for _ in 0..<range * 2 {
                let number = Int(random.next() % UInt64(range))
                #expect(members.contains(number) == model.contains(number), "seed \(seed)")
                if random.next() % 10 < odds {
                    if model.insert(number).inserted { members.insert(number) }
                } else if model.remove(number) != nil {
                    members.remove(number)
                }
            }
            members.table.checkInvariants()
            var shown: [Int] = []
            members.table.forEach { shown.append($0.number) }
            #expect(shown.count == model.count && Set(shown) == model, "seed \(seed)")
        }
        members.free()
        #expect(members.heap.used == 0)
    }

    @Test(arguments: [4, 5, 6])
    func aScanShowsEverythingThatStaysWhateverHappensBetween(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for round in 0..<20 {
            let members = Members(seed: seed &* 100 &+ UInt64(round))
            let staying = Int(random.next() % 3000)
            for number in 0..<staying { members.insert(number) }
            var passing = Set<Int>()
            if round % 2 == 1 {
                for number in 10_000..<20_000 where random.next() % 2 == 0 {
                    members.insert(number)
                    passing.insert(number)
                }
            }
            var shown: Set<Int> = []
            var cursor: UInt64 = 0, calls = 0
            repeat {
                cursor = members.table.scan(cursor, count: 10) { shown.insert($0.number) }
                #expect(cursor < 1 << 53)
                calls += 1
                // Odd rounds shrink while scanning, even ones grow.
                for _ in 0..<40 {
                    let number = 10_000 + Int(random.next() % 10_000)
                    if round % 2 == 0, passing.insert(number).inserted { members.insert(number) }
                    if round % 2 == 1, passing.remove(number) != nil { members.remove(number) }
                }
            } while cursor != 0
            #expect(shown.isSuperset(of: 0..<staying), "seed \(seed), round \(round)")
            #expect(calls < 4000)
            members.table.checkInvariants()
            members.free()
            #expect(members.heap.used == 0)
        }
    }

    /// As they come when a table is copied, or read from a file that was written from one.
    @Test(arguments: [1, 2, 3, UInt64.random(in: 4...UInt64.max)])
    func membersMayComeInTheOrderOfTheirHashes(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        for round in 0..<20 {
            let members = Members(seed: seed &* 100 &+ UInt64(round)), count = Int(random.next() % 3000)
            var numbers = (0..<count).sorted { members.hash($0) < members.hash($1) }
            if round % 3 == 1 { numbers.reverse() }
            // Almost in order, as shards show their members.
            if round % 3 == 2 {
                for index in 1..<max(count, 2) where count > 60 && random.next() % 4 == 0 {
                    numbers.swapAt(index, max(0, index - Int(random.next() % 50)))
                }
            }
            for number in numbers { members.insert(number) }
            #expect(members.table.count == count, "seed \(seed), round \(round)")
            members.table.checkInvariants()
            members.free()
            #expect(members.heap.used == 0, "seed \(seed), round \(round)")
        }
    }

    @Test func aScanEndsFromAnyCursor() {
        let members = Members(seed: 7)
        for number in 0..<2000 { members.insert(number) }
        for start in [1, 77, UInt64.max, 1 << 52, 1 << 63, (1 << 52) - 1, 0x5555_5555_5555_5555] as [UInt64] {
            var cursor = start, calls = 0
            repeat {
                cursor = members.table.scan(cursor, count: 1) { _ in }
                calls += 1
            } while cursor != 0 && calls < 10_000
            #expect(cursor == 0)
        }
    }

    @Test func everyMemberIsDrawnAboutEquallyOften() {
        for count in [1, 5, 100, 700] {
            let members = Members(seed: 8)
            for number in 0..<count { members.insert(number) }
            var drawn = [Int](repeating: 0, count: count)
            for _ in 0..<count * 400 {
                if let item = members.table.randomItem() { drawn[item.number] += 1 }
            }
            #expect(drawn.reduce(0, +) == count * 400)
            // 400 expected, standard deviation 20.
            #expect(drawn.allSatisfy { (280...520).contains($0) || count == 1 })
        }
    }

    @Test func aLargeTableTakesElevenBytesForEachMemberAndGivesThemBack() {
        let members = Members(seed: 9)
        let count = 200_000
        for number in 0..<count { members.insert(number) }
        // Members of 13 or so bytes lie in blocks of 16.
        let perMember = Double(members.heap.used) / Double(count)
        #expect(perMember < 16 + 12.5)
        for number in 100..<count { members.remove(number) }
        members.table.checkInvariants()
        #expect(members.heap.used < 100 * 16 + 4096)
        members.free()
        #expect(members.heap.used == 0)
    }
}
