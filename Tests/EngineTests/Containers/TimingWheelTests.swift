// The wheel against a plain table of deadlines: what comes out is due, nothing that is due stays in, whatever time
// does.

import Testing

@testable import Engine

/// An item whose two numbers lie in memory of its own.
@safe private struct TestItem: WheelItem {
    let place: UnsafeMutablePointer<(deadline: Int64, index: UInt32, name: Int)>

    init(_ deadline: Int64, name: Int) {
        unsafe place = .allocate(capacity: 1)
        unsafe place.initialize(to: (deadline, 0, name))
    }

    var deadline: Int64 {
        get { unsafe place.pointee.deadline }
        nonmutating set { unsafe place.pointee.deadline = newValue }
    }
    var wheelIndex: UInt32 {
        get { unsafe place.pointee.index }
        nonmutating set { unsafe place.pointee.index = newValue }
    }
    var name: Int { unsafe place.pointee.name }

    static func == (left: TestItem, right: TestItem) -> Bool { unsafe left.place == right.place }
}

@Suite struct TimingWheelTests {
    @Test func whatHasWaitedLongestInAFarSlotIsShownFirst() {
        var wheel = TimingWheel<TestItem>(now: 0, in: Heap(seed: 1))
        // Some chunks of one slot that lasts a minute, the earliest deadlines first.
        for name in 0..<3000 { wheel.insert(TestItem(200_000 + Int64(name), name: name), at: 0) }
        var shown: Set<Int> = []
        wheel.sampleNearest(limit: 100) { shown.insert($0.name) }
        let latest = shown.max() ?? .max
        #expect(shown.count == 100 && latest < 2 * 510)
    }

    /// As a full cache does it: what is shown first goes, and something new comes. Now and then something gets a new
    /// deadline, whether it moves or not, and is young among the old.
    @Test(arguments: [0, 10, 50]) func theOldGoBeforeTheYoungOfTheSameSlot(_ renewedInHundred: Int) {
        var random = RandomSource(seed: 7)
        var wheel = TimingWheel<TestItem>(now: 0, in: Heap(seed: 1))
        // All of them in one slot, which lasts a minute.
        var items: [Int: TestItem] = [:], next: Int64 = 70_000, mostMissed = 0
        func add() {
            let item = TestItem(next, name: Int(next))
            items[item.name] = item
            wheel.insert(item, at: 0)
            next += 1
        }
        for _ in 0..<3000 { add() }
        for step in 0..<12_000 {
            var best: TestItem?
            wheel.sampleNearest(limit: 512) { item in
                if best.map({ item.deadline < $0.deadline }) ?? true { best = item }
            }
            guard let best else { break }
            if step % 50 == 0 {
                mostMissed = max(mostMissed, items.values.filter { $0.deadline < best.deadline }.count)
                wheel.checkInvariants()
            }
            wheel.remove(best)
            items[best.name] = nil
            if Int.random(in: 0..<100, using: &random) < renewedInHundred,
                let item = items.values.randomElement(using: &random)
            {
                let leaves = step.isMultiple(of: 2)
                if leaves { wheel.remove(item) }
                item.deadline = next
                next += 1
                if leaves { wheel.insert(item, at: 0) }
            }
            add()
        }
        let count = wheel.count
        #expect(next < 2 * 65536 && count == 3000 && mostMissed < 2 * 510)
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2, 3])
    func whatIsDueComesOutAndNothingElse(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        var time: Int64 = 1_700_000_000_000
        var wheel = TimingWheel<TestItem>(now: time, in: Heap(seed: seed))
        var items: [Int: TestItem] = [:]
        var names = 0, isRight = true
        for step in 0..<3000 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8:
                for _ in 0..<Int.random(in: 1...20, using: &random) {
                    let item = TestItem(TimingWheelTests.deadline(time, &random), name: names)
                    items[names] = item
                    names += 1
                    wheel.insert(item, at: time - 1)
                }
            case 8..<11:
                guard let item = items.values.randomElement(using: &random) else { continue }
                wheel.remove(item)
                items[item.name] = nil
            case 11..<14:
                guard let item = items.values.randomElement(using: &random) else { continue }
                item.deadline = TimingWheelTests.deadline(time, &random)
                wheel.move(item)
            case 14:
                guard let old = items.values.randomElement(using: &random) else { continue }
                let new = TestItem(TimingWheelTests.deadline(time, &random), name: old.name)
                wheel.replace(old, with: new)
                items[old.name] = new
            default:
                time = TimingWheelTests.later(time, &random)
                // In slices, as the server does it.
                var rounds = 0
                repeat {
                    var budget = 7
                    while budget > 0, let item = wheel.popDue(at: time, budget: &budget) {
                        budget -= 1
                        isRight = isRight && item.deadline <= time && items[item.name] == item
                        items[item.name] = nil
                    }
                    rounds += 1
                } while wheel.isBehind(time) && rounds < 100_000
                let overdue = items.values.filter { $0.deadline <= time }.count
                // A wheel that is a little ahead waits for time to catch up.
                if overdue > 0, wheel.now <= time { isRight = false }
                if let next = items.values.map(\.deadline).min(), next > wheel.now, wheel.nextEvent > next {
                    isRight = false
                }
            }
            if step % 50 == 0 { wheel.checkInvariants() }
            isRight = isRight && wheel.count == items.count
        }
        #expect(isRight, "seed \(seed)")
    }

    @Test func aLongSleepCostsNoMoreThanAShortOne() {
        var wheel = TimingWheel<TestItem>(now: 0, in: Heap(seed: 1))
        wheel.insert(TestItem(3_000_000_000_000, name: 1), at: 0)
        wheel.insert(TestItem(.max, name: 2), at: 0)
        var budget = 1000
        let nothing = wheel.popDue(at: 2_999_999_999_999, budget: &budget)
        let due = wheel.popDue(at: 3_000_000_000_000, budget: &budget)
        #expect(nothing == nil && due?.name == 1 && budget > 900)
    }

    @Test func aCascadeCanBeLeftAtAnyPoint() {
        var wheel = TimingWheel<TestItem>(now: 0, in: Heap(seed: 1))
        let items = (0..<5000).map { TestItem(100_000 + Int64($0 % 7), name: $0) }
        for item in items { wheel.insert(item, at: 0) }
        var budget = 100
        let nothing = wheel.popDue(at: 99_999, budget: &budget)
        #expect(nothing == nil && wheel.isBehind(99_999))
        // Half of the slot has moved; items leave and move all the same.
        for item in items.prefix(2500) { wheel.remove(item) }
        for item in items.suffix(100) {
            item.deadline = 100_100
            wheel.move(item)
        }
        wheel.checkInvariants()
        var found = 0
        budget = 100_000
        while wheel.popDue(at: 100_010, budget: &budget) != nil { found += 1 }
        let rest = wheel.count
        #expect(found == 2400 && rest == 100)
    }

    private static func deadline(_ time: Int64, _ random: inout RandomSource) -> Int64 {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: .min
        case 1: .max
        case 2: Int64.random(in: .min ... .max, using: &random)
        case 3: time &+ Int64.random(in: 0...(1 << 45), using: &random)
        case 4...5: time &+ Int64.random(in: -100...300, using: &random)
        case 6...8: time &+ Int64.random(in: 0...70_000, using: &random)
        default: time &+ Int64.random(in: 0...20_000_000, using: &random)
        }
    }

    /// Mostly a little, sometimes far, now and then backwards.
    private static func later(_ time: Int64, _ random: inout RandomSource) -> Int64 {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: time + Int64.random(in: 0...(1 << 42), using: &random)
        case 1: time - Int64.random(in: 0...10_000_000, using: &random)
        case 2: time - Int64.random(in: 0...900, using: &random)
        case 3...5: time + Int64.random(in: 0...1_000_000, using: &random)
        default: time + Int64.random(in: 0...600, using: &random)
        }
    }
}
