// The allocator against a plain account: every block keeps its bytes, `used` is exact, and memory goes back.

import Testing

@testable import Engine

/// A block that the test holds: where, how large, and what its bytes are.
@safe private struct Held {
    let block: UnsafeMutableRawPointer
    let size: Int
    let mark: UInt8
}

@Suite struct SlabAllocatorTests {
    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2])
    func blocksKeepTheirBytesAndTheAccountIsExact(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        var allocator = SlabAllocator()
        var held: [Held] = []
        var isRight = true
        for step in 0..<20_000 {
            let choice = Int.random(in: 0..<10, using: &random)
            if choice < 5 || held.isEmpty {
                let size = SlabAllocatorTests.size(&random)
                let block = unsafe allocator.allocate(size)
                let mark = UInt8.random(in: 0...255, using: &random)
                unsafe SlabAllocatorTests.fill(block, size, mark)
                unsafe held.append(Held(block: block, size: size, mark: mark))
                if unsafe SlabAllocator.capacity(of: block) < size || UInt(bitPattern: block) & 7 != 0 {
                    isRight = false
                }
                if size % 64 == 0, (1...4096).contains(size), UInt(bitPattern: block) & 63 != 0 { isRight = false }
            } else {
                let index = Int.random(in: 0..<held.count, using: &random)
                let old = held[index]
                isRight = unsafe isRight && SlabAllocatorTests.isFilled(old.block, old.size, old.mark)
                if choice < 8 {
                    held.swapAt(index, held.count - 1)
                    held.removeLast()
                    unsafe allocator.deallocate(old.block)
                } else {
                    let size = SlabAllocatorTests.size(&random)
                    let kept = min(size, old.size)
                    let block = unsafe allocator.reallocate(old.block, keeping: kept, size: size)
                    isRight = unsafe isRight && SlabAllocatorTests.isFilled(block, kept, old.mark)
                    unsafe SlabAllocatorTests.fill(block, size, old.mark)
                    held[index] = unsafe Held(block: block, size: size, mark: old.mark)
                }
            }
            if step % 1000 == 0 {
                let sum = held.reduce(0) { unsafe $0 + SlabAllocator.capacity(of: $1.block) }
                isRight = isRight && sum == allocator.used
                allocator.checkInvariants()
                _ = allocator.trim(budget: 1)
            }
        }
        #expect(isRight, "seed \(seed)")
        for old in held { unsafe allocator.deallocate(old.block) }
        let used = allocator.used
        #expect(used == 0, "seed \(seed)")
        while allocator.trim(budget: 16) {}
        allocator.checkInvariants()
    }

    @Test func aHugeBlockGrowsWithoutLosingItsBytes() {
        var allocator = SlabAllocator()
        var block = unsafe allocator.allocate(20 << 20)
        unsafe SlabAllocatorTests.fill(block, 20 << 20, 7)
        unsafe block = allocator.reallocate(block, keeping: 20 << 20, size: 40 << 20)
        unsafe block = allocator.reallocate(block, keeping: 20 << 20, size: 300 << 20)
        let isKept = unsafe SlabAllocatorTests.isFilled(block, 20 << 20, 7)
        let used = allocator.used
        #expect(isKept && used == 300 << 20)
        unsafe allocator.deallocate(block)
        while allocator.trim(budget: 16) {}
        let rest = allocator.used
        #expect(rest == 0)
    }

    /// What is behind a block of some pages belongs to nobody: it must not stay occupied by what was there before.
    @Test func aPageOfBlocksThatWereFreedHoldsNoMoreThanItsNewBlock() {
        var allocator = SlabAllocator()
        let pageSize = PageSupply.pageSize
        var held: [Held] = []
        for _ in 0..<4 { unsafe held.append(Held(block: allocator.allocate(16_384), size: 16_384, mark: 7)) }
        for old in held { unsafe SlabAllocatorTests.fill(old.block, old.size, old.mark) }
        for old in held { unsafe allocator.deallocate(old.block) }
        let block = unsafe allocator.allocate(20_000)
        let isSame = unsafe block == held[0].block
        #expect(isSame)
        let isEmpty = unsafe SlabAllocatorTests.isFilled(block + 20_480, pageSize - 20_480, 0)
        #expect(isEmpty)
        unsafe allocator.deallocate(block)
    }

    @Test func aPurgeLeavesNothingBehind() {
        var allocator = SlabAllocator()
        let sizes = [8, 100, 512, 5000, 16_384, 20_000, 70_000, 17 << 20]
        var held: [Held] = []
        for size in sizes {
            for _ in 0..<50 { unsafe held.append(Held(block: allocator.allocate(size), size: size, mark: 0)) }
        }
        let full = allocator.usage, report = allocator.report()
        let isComplete =
            full.allocated == allocator.used && full.active >= full.allocated && full.resident >= full.active
        #expect(isComplete)
        let blockCounts = report.classes.map(\.live)
        #expect(blockCounts == [50, 50, 50, 50, 50])
        #expect(report.largeRuns.count == 100 && report.hugeBytes == 50 * 17 << 20)
        #expect(report.classes.allSatisfy { $0.free >= 0 })
        #expect(report.text.contains("Blocks over 16 KiB: 100"))
        for old in held { unsafe allocator.deallocate(old.block) }
        allocator.purge()
        allocator.checkInvariants()
        let rest = allocator.usage
        #expect(rest.allocated == 0 && rest.active == 0 && rest.resident == 0)
    }

    /// Mostly small, sometimes of many pages.
    private static func size(_ random: inout RandomSource) -> Int {
        switch Int.random(in: 0..<100, using: &random) {
        case 0: Int.random(in: 1...1_000_000, using: &random)
        case 1...5: Int.random(in: 1...70_000, using: &random)
        case 6...20: Int.random(in: 1...40, using: &random) * 64
        case 21...40: Int.random(in: 1...4096, using: &random)
        default: Int.random(in: 0...300, using: &random)
        }
    }

    private static func fill(_ block: UnsafeMutableRawPointer, _ size: Int, _ mark: UInt8) {
        unsafe block.initializeMemory(as: UInt8.self, repeating: mark, count: size)
    }

    private static func isFilled(_ block: UnsafeMutableRawPointer, _ size: Int, _ mark: UInt8) -> Bool {
        for index in stride(from: 0, to: size, by: 61)
        where unsafe block.load(fromByteOffset: index, as: UInt8.self) != mark {
            return false
        }
        return unsafe size == 0 || block.load(fromByteOffset: size - 1, as: UInt8.self) == mark
    }
}
