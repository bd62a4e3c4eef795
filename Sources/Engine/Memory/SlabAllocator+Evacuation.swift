// Emptying sparse pages. When most blocks of a class have been given back here and there, their pages are many and hold
// little each. An evacuation counts the pages of each class by how full they are, chooses as many of the sparsest as
// the others have room for, and lends nothing from these any more. Whoever owns the blocks then asks for each block
// whether it shall move (`Heap.moved`); a page whose last block has gone is free like any other. What could not be
// moved stays, and its page is used again in the end.
// Nothing here knows what is in the blocks. Each step takes about as long as looking at one arena.

/// Which pages of an allocator are to become empty, and what has come of it.
struct Evacuation {
    private enum Stage { case resting, counting, choosing, moving, ending }

    /// Pages are told apart by how many of so many parts are in use.
    private static let shares = 64
    /// Fuller pages are left alone: moving their blocks is not worth the page.
    private static let largestShare = 56

    private var stage = Stage.resting
    /// Every page is to become empty, for tests.
    private var choosesAll = false
    private var arena = 0
    /// By class and share, how many pages there are.
    private var counts: [UInt32] = []
    /// By class, blocks lent.
    private var live: [Int] = []
    private var perPage: [Int] = []
    /// By class: pages with a smaller share are chosen, and so many of those with the same.
    private var bounds: [(share: Int, count: Int)] = []
    /// By class, how many more pages may be chosen.
    private var left: [Int] = []

    /// Pages that have been chosen this time, and the blocks that were in them.
    private(set) var pages = 0
    private(set) var blocks = 0
    /// Blocks that were asked about, and those that were moved, ever.
    var visited = 0
    fileprivate(set) var moved = 0

    var isResting: Bool { stage == .resting }

    mutating func forgetCounts() { (visited, moved) = (0, 0) }

    private static func share(_ record: PageRecord) -> Int {
        let capacity = PageSupply.pageSize / record.blockSize
        return min(Int(record.live) * shares / capacity, shares - 1)
    }

    fileprivate static func isClassed(_ record: PageRecord) -> Bool {
        record.sizeClass != PageRecord.largeClass && record.sizeClass != PageRecord.hugeClass
    }

    fileprivate mutating func begin(choosingAll: Bool) {
        precondition(isResting)
        choosesAll = choosingAll
        stage = .counting
        (arena, pages, blocks) = (0, 0, 0)
        counts = Array(repeating: 0, count: SlabAllocator.classCount * Evacuation.shares)
        live = Array(repeating: 0, count: SlabAllocator.classCount)
        perPage = live
        bounds = []
        left = live
    }

    /// The next arena to look at, of so many; nil if all have been seen.
    fileprivate mutating func nextArena(of count: Int) -> Int? {
        guard arena < count else { return nil }
        arena += 1
        return arena - 1
    }

    fileprivate var isCounting: Bool { stage == .counting }
    fileprivate var isChoosing: Bool { stage == .choosing }

    fileprivate mutating func count(_ record: PageRecord) {
        guard Evacuation.isClassed(record) else { return }
        let index = Int(record.sizeClass)
        counts[index * Evacuation.shares + Evacuation.share(record)] += 1
        live[index] += Int(record.live)
        perPage[index] = PageSupply.pageSize / record.blockSize
    }

    /// All pages have been counted: how sparse must one be to be chosen?
    fileprivate mutating func decide() {
        stage = .choosing
        arena = 0
        for index in 0..<SlabAllocator.classCount {
            let shares = counts[index * Evacuation.shares..<(index + 1) * Evacuation.shares]
            let held = shares.reduce(0) { $0 + Int($1) }
            // A little room is left for what comes meanwhile.
            let needed =
                perPage[index] == 0 ? 0 : (live[index] + live[index] / 50 + perPage[index] - 1) / perPage[index]
            var rest = max(0, held - needed), bound = (share: 0, count: 0)
            while rest > 0, bound.share < Evacuation.largestShare {
                let here = Int(shares[shares.startIndex + bound.share])
                if here >= rest {
                    bound.count = rest
                    rest = 0
                } else {
                    rest -= here
                    bound.share += 1
                }
            }
            bounds.append(bound)
            left[index] = max(0, held - needed) - rest
        }
        counts = []
    }

    /// Whether the page is to become empty.
    fileprivate mutating func chooses(_ record: PageRecord) -> Bool {
        guard Evacuation.isClassed(record), record.live > 0 else { return false }
        let index = Int(record.sizeClass), share = choosesAll ? -1 : Evacuation.share(record)
        guard choosesAll || left[index] > 0, share <= bounds[index].share else { return false }
        if share == bounds[index].share {
            if bounds[index].count == 0 { return false }
            bounds[index].count -= 1
        }
        left[index] -= 1
        pages += 1
        blocks += Int(record.live)
        return true
    }

    fileprivate mutating func beginMoving() {
        stage = .moving
        arena = 0
    }

    fileprivate mutating func beginEnding() {
        if stage == .ending { return }
        stage = .ending
        arena = 0
    }

    fileprivate mutating func rest() { stage = .resting }
}

extension SlabAllocator {
    /// Begins to choose pages that are to become empty: sparse ones, or, for tests, all.
    mutating func beginEvacuation(ofAll: Bool = false) { evacuation.begin(choosingAll: ofAll) }

    /// Looks at one more arena; true when all pages are chosen.
    mutating func chooseForEvacuation() -> Bool {
        if let arena = evacuation.nextArena(of: pages.arenaCount) {
            let isCounting = evacuation.isCounting
            var number = 1
            while let page = unsafe pages.record(from: &number, ofArena: arena) {
                if isCounting {
                    unsafe evacuation.count(page.pointee)
                    continue
                }
                guard unsafe evacuation.chooses(page.pointee) else { continue }
                if unsafe page.pointee.isListed { unsafe unlist(page) }
                unsafe page.pointee.isEvacuated = true
            }
            return false
        }
        if evacuation.isCounting {
            evacuation.decide()
            return false
        }
        if evacuation.isChoosing { evacuation.beginMoving() }
        return true
    }

    /// Copies a block of a class to another page of it; the block is freed.
    @inline(never) mutating func evacuate(_ block: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let size = unsafe SlabAllocator.capacity(of: block)
        let moved = unsafe allocate(size)
        unsafe moved.copyMemory(from: block, byteCount: size)
        unsafe deallocate(block)
        evacuation.moved &+= 1
        return unsafe moved
    }

    /// Pages that are to become empty and are not yet, with the sizes of their blocks; for tests.
    var pagesLeft: [(size: Int, live: Int)] {
        var left: [(size: Int, live: Int)] = []
        pages.forEachRecord { if $0.isEvacuated { left.append(($0.blockSize, Int($0.live))) } }
        return left
    }

    /// Lends again what is left of one arena's chosen pages; true when that is done for all.
    mutating func endEvacuation() -> Bool {
        if evacuation.isResting { return true }
        evacuation.beginEnding()
        if let arena = evacuation.nextArena(of: pages.arenaCount) {
            var number = 1
            while let page = unsafe pages.record(from: &number, ofArena: arena) {
                guard unsafe page.pointee.isEvacuated else { continue }
                unsafe page.pointee.isEvacuated = false
                unsafe list(page)
            }
            return false
        }
        evacuation.rest()
        return true
    }
}
