// Pages of 64 KiB, singly or in runs, from arenas of 64 MiB that are aligned to their size. The first page of an arena
// keeps a record of each of its pages, so that masking an address finds the record of any block. Blocks over 16 MiB
// have an arena of their own, in which they grow without moving.
// Ownership rule: arenas live as long as the supply. What pages occupied goes back to the kernel in small steps, by
// `trim`; a few are kept for the next who needs some.

internal import Platform

/// What is known of one page, or of the run of pages that begins there.
@safe struct PageRecord {
    /// Blocks given back, linked through their first word.
    var freed: UnsafeMutableRawPointer?
    /// Blocks never used begin here, and end there.
    var fresh: UnsafeMutableRawPointer
    var end: UnsafeMutableRawPointer
    /// Neighbours among the pages of a class that have room.
    var next: UnsafeMutablePointer<PageRecord>?
    var previous: UnsafeMutablePointer<PageRecord>?
    /// Blocks lent out.
    var live: UInt32 = 0
    var pageCount: UInt32
    var blockSize: Int
    var sizeClass: UInt32
    var isListed = false
    /// Nothing is lent from the page, so that it becomes empty (`SlabAllocator+Evacuation`).
    var isEvacuated = false

    init(fresh: UnsafeMutableRawPointer, end: UnsafeMutableRawPointer, pageCount: Int, blockSize: Int, sizeClass: Int) {
        unsafe freed = nil
        unsafe next = nil
        unsafe previous = nil
        unsafe self.fresh = fresh
        unsafe self.end = end
        self.pageCount = UInt32(pageCount)
        self.blockSize = blockSize
        self.sizeClass = UInt32(sizeClass)
    }

    /// Classes of runs that hold one block each.
    static let largeClass = 0, hugeClass = 1 << 16

    /// The record of the page in which a block begins.
    @inline(__always) static func of(_ block: UnsafeMutableRawPointer) -> UnsafeMutablePointer<PageRecord> {
        let address = UInt(bitPattern: block)
        let arena = address & ~UInt(PageSupply.arenaSize &- 1)
        let index = (address &>> 16) & 1023
        return unsafe UnsafeMutablePointer(bitPattern: arena &+ index &* 64).unsafelyUnwrapped
    }
}

/// Free and used pages.
@safe struct PageSupply: ~Copyable {
    static let pageSize = 1 << 16
    static let arenaSize = 64 << 20
    private static let pagesPerArena = 1024
    /// More than a quarter of an arena in one block gets an arena of its own.
    static let largestRun = 16 << 20

    /// Which pages of one arena are free, and which of them occupy memory.
    @safe private struct Arena {
        let start: UnsafeMutableRawPointer
        var free = PageSet()
        var dirty = PageSet()
        var freeCount = 0
    }

    private var arenas: [Arena] = []
    /// No earlier arena has a free page.
    private var firstFree = 0
    /// Free pages that occupy memory.
    private(set) var dirtyCount = 0
    /// Pages that blocks may be in.
    private(set) var usedCount = 0
    /// Huge arenas that are no longer used, and how much of them is still to be given back.
    private var dying: [(start: UInt, rest: Int, byteCount: Int)] = []

    /// So many free pages are kept for the next who needs some.
    static let keptDirtyPages = 16

    // MARK: Runs of pages

    /// A run of pages and its record, which the caller fills in. What the last page occupies behind `byteCount`, from
    /// earlier uses, goes back to the kernel.
    mutating func allocate(
        pages: Int, for byteCount: Int
    ) -> (record: UnsafeMutablePointer<PageRecord>, start: UnsafeMutableRawPointer) {
        var index = firstFree
        while index < arenas.count {
            if arenas[index].freeCount >= pages, let first = arenas[index].free.firstRun(of: pages) {
                if pages == 1 { firstFree = index }
                return unsafe take(first, pages, index, byteCount)
            }
            index += 1
        }
        return unsafe take(1, pages, addArena(), byteCount)
    }

    private mutating func take(
        _ first: Int, _ pages: Int, _ index: Int, _ byteCount: Int
    ) -> (record: UnsafeMutablePointer<PageRecord>, start: UnsafeMutableRawPointer) {
        let unused = pages * PageSupply.pageSize - byteCount
        if unused > 0, arenas[index].dirty.contains(first + pages - 1) {
            let end = unsafe arenas[index].start + (first + pages) * PageSupply.pageSize
            unsafe Pages.discard(end - unused, byteCount: unused)
        }
        for page in first..<first + pages { takePage(page, index) }
        let start = unsafe arenas[index].start + first * PageSupply.pageSize
        return unsafe (PageRecord.of(start), start)
    }

    private mutating func takePage(_ page: Int, _ index: Int) {
        arenas[index].free.remove(page)
        arenas[index].freeCount -= 1
        usedCount += 1
        if arenas[index].dirty.contains(page) {
            arenas[index].dirty.remove(page)
            dirtyCount -= 1
        }
    }

    private mutating func addArena() -> Int {
        let start = unsafe Pages.map(byteCount: PageSupply.arenaSize, alignment: PageSupply.arenaSize)
        var arena = unsafe Arena(start: start)
        for page in 1..<PageSupply.pagesPerArena { arena.free.insert(page) }
        arena.freeCount = PageSupply.pagesPerArena - 1
        arenas.append(arena)
        // The records' own page knows which arena this is.
        unsafe start.storeBytes(of: arenas.count - 1, as: Int.self)
        return arenas.count - 1
    }

    private static func arenaIndex(_ record: UnsafeMutablePointer<PageRecord>) -> (arena: Int, page: Int) {
        let address = UInt(bitPattern: record)
        let start = unsafe UnsafeRawPointer(bitPattern: address & ~UInt(arenaSize - 1)).unsafelyUnwrapped
        return unsafe (start.load(as: Int.self), Int((address & UInt(arenaSize - 1)) / 64))
    }

    mutating func deallocate(_ record: UnsafeMutablePointer<PageRecord>) {
        let (index, first) = unsafe PageSupply.arenaIndex(record)
        let pages = unsafe Int(record.pointee.pageCount)
        for page in first..<first + pages {
            arenas[index].free.insert(page)
            arenas[index].dirty.insert(page)
        }
        arenas[index].freeCount += pages
        usedCount -= pages
        dirtyCount += pages
        firstFree = min(firstFree, index)
    }

    /// Adds the pages behind a run to it, if they are free.
    mutating func extend(_ record: UnsafeMutablePointer<PageRecord>, toPages pages: Int) -> Bool {
        let (index, first) = unsafe PageSupply.arenaIndex(record)
        let held = unsafe Int(record.pointee.pageCount)
        guard first + pages <= PageSupply.pagesPerArena else { return false }
        for page in first + held..<first + pages where !arenas[index].free.contains(page) { return false }
        for page in first + held..<first + pages { takePage(page, index) }
        unsafe record.pointee.pageCount = UInt32(pages)
        return true
    }

    // MARK: Huge blocks

    /// An arena for one block of `size` bytes, which may grow to twice as much where it is.
    func allocateHuge(_ size: Int) -> (record: UnsafeMutablePointer<PageRecord>, start: UnsafeMutableRawPointer) {
        let room = size + min(size, 1 << 30) + PageSupply.pageSize
        let byteCount = (room + PageSupply.arenaSize - 1) & ~(PageSupply.arenaSize - 1)
        let arena = unsafe Pages.map(byteCount: byteCount, alignment: PageSupply.arenaSize)
        let start = unsafe arena + PageSupply.pageSize
        let record = unsafe PageRecord.of(start)
        unsafe record.initialize(
            to: PageRecord(
                fresh: start, end: arena + byteCount, pageCount: 1, blockSize: size, sizeClass: PageRecord.hugeClass))
        return unsafe (record, start)
    }

    mutating func deallocateHuge(_ record: UnsafeMutablePointer<PageRecord>) {
        let arena = UInt(bitPattern: record) & ~UInt(PageSupply.arenaSize - 1)
        let byteCount = unsafe Int(UInt(bitPattern: record.pointee.end) - arena)
        let rest = unsafe record.pointee.blockSize + PageSupply.pageSize
        dying.append((arena, min(rest, byteCount), byteCount))
    }

    /// Moves a huge block to an arena in which it has room for `size` bytes; pages change their addresses, not their
    /// contents.
    mutating func moveHuge(
        _ record: UnsafeMutablePointer<PageRecord>, size: Int
    ) -> (record: UnsafeMutablePointer<PageRecord>, start: UnsafeMutableRawPointer) {
        let (moved, start) = unsafe allocateHuge(size)
        let arena = UInt(bitPattern: record) & ~UInt(PageSupply.arenaSize - 1)
        let old = unsafe UnsafeMutableRawPointer(bitPattern: arena).unsafelyUnwrapped
        let (count, end) = unsafe (record.pointee.blockSize, record.pointee.end)
        let held = (count + Pages.size - 1) & ~(Pages.size - 1)
        unsafe Pages.move(old + PageSupply.pageSize, byteCount: held, to: start)
        unsafe Pages.unmap(old, byteCount: PageSupply.pageSize)
        let behind = unsafe old + PageSupply.pageSize + held
        if unsafe behind < end { unsafe Pages.unmap(behind, byteCount: end - behind) }
        return unsafe (moved, start)
    }

    // MARK: Giving back

    /// Gives some of what free pages occupy back to the kernel: at most `budget` MiB. True if more is left to do.
    mutating func trim(budget: Int, keeping kept: Int, atLeast least: Int = keptDirtyPages) -> Bool {
        let kept = max(kept, least)
        var rest = budget << 20
        while rest > 0, let last = dying.last {
            let step = min(last.rest, 1 << 20)
            let start = unsafe UnsafeMutableRawPointer(bitPattern: last.start).unsafelyUnwrapped
            if step > 0 {
                unsafe Pages.discard(start + (last.rest - step), byteCount: step)
                dying[dying.count - 1].rest -= step
            } else {
                unsafe Pages.unmap(start, byteCount: last.byteCount)
                dying.removeLast()
            }
            rest -= 1 << 20
        }
        var index = arenas.count - 1
        while rest > 0, dirtyCount > kept, index >= 0 {
            while rest > 0, dirtyCount > kept, let page = arenas[index].dirty.last {
                unsafe Pages.discard(arenas[index].start + page * PageSupply.pageSize, byteCount: PageSupply.pageSize)
                arenas[index].dirty.remove(page)
                dirtyCount -= 1
                rest -= PageSupply.pageSize
            }
            index -= 1
        }
        return !dying.isEmpty || dirtyCount > kept
    }

    // MARK: Reports

    var arenaCount: Int { arenas.count }
    /// Pages that blocks may be in, and those that are free.
    var pageCounts: (used: Int, free: Int) {
        (usedCount, arenas.count * (PageSupply.pagesPerArena - 1) - usedCount)
    }
    /// What huge arenas still occupy that are no longer used.
    var dyingSize: Int { dying.reduce(0) { $0 + $1.rest } }

    /// Shows the record of each page, or run of pages, that is in use.
    func forEachRecord(_ body: (PageRecord) -> Void) {
        for index in arenas.indices {
            var page = 1
            while let record = unsafe record(from: &page, ofArena: index) { unsafe body(record.pointee) }
        }
    }

    /// The record of the first page in use from this number on, which begins as 1 and is moved behind it; nil if the
    /// arena has no more.
    func record(from page: inout Int, ofArena index: Int) -> UnsafeMutablePointer<PageRecord>? {
        while page < PageSupply.pagesPerArena {
            guard arenas[index].free.contains(page) else {
                let record = unsafe PageRecord.of(arenas[index].start + page * PageSupply.pageSize)
                page += unsafe max(1, Int(record.pointee.pageCount))
                return unsafe record
            }
            page += 1
        }
        return nil
    }

    /// Free pages are counted as they are marked.
    func checkInvariants() {
        var dirty = 0
        for arena in arenas {
            precondition(arena.free.count == arena.freeCount && !arena.free.contains(0))
            precondition(arena.dirty.isSubset(of: arena.free))
            dirty += arena.dirty.count
        }
        precondition(dirty == dirtyCount)
        precondition(pageCounts.free == arenas.reduce(0) { $0 + $1.freeCount })
    }
}
