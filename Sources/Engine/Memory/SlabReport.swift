// What the allocator has lent and what that occupies: in short for INFO, and by classes for people.

internal import Platform

/// Bytes of the keyspace's memory.
struct HeapUsage: Sendable {
    /// Lent as blocks.
    let allocated: Int
    /// Of the pages that hold blocks, as far as they have been touched.
    let active: Int
    /// With what free pages still occupy.
    let resident: Int

    /// Between blocks, in bytes and in percent of the blocks.
    var gaps: Int { max(0, active - allocated) }
    var gapsPercent: Int { gaps * 100 / max(1, allocated) }
}

/// The allocator's account, by sizes of blocks.
struct SlabReport: Sendable {
    /// Blocks of one size: the pages that hold them, how many are lent, and how many more fit there.
    struct SizeClass: Sendable {
        let size: Int
        var pages = 0
        var live = 0
        var free: Int { pages * (PageSupply.pageSize / size) - live }
    }

    var classes: [SizeClass] = []
    var largeRuns = (count: 0, pages: 0, bytes: 0)
    let hugeBytes: Int
    let usage: HeapUsage
    let arenas: Int
    let pages: (used: Int, free: Int)
    let dirtyPages: Int

    init(hugeBytes: Int, usage: HeapUsage, arenas: Int, pages: (used: Int, free: Int), dirtyPages: Int) {
        self.hugeBytes = hugeBytes
        self.usage = usage
        self.arenas = arenas
        self.pages = pages
        self.dirtyPages = dirtyPages
    }

    fileprivate mutating func add(_ record: PageRecord) {
        if record.sizeClass == PageRecord.largeClass {
            largeRuns.count += 1
            largeRuns.pages += Int(record.pageCount)
            largeRuns.bytes += record.blockSize
            return
        }
        let index = classes.firstIndex { $0.size >= record.blockSize } ?? classes.count
        if index == classes.count || classes[index].size != record.blockSize {
            classes.insert(SizeClass(size: record.blockSize), at: index)
        }
        classes[index].pages += 1
        classes[index].live += Int(record.live)
    }

    /// A table for people.
    var text: String {
        var text = "___ Begin slab allocator statistics ___\n"
        text += "Allocated: \(usage.allocated), active: \(usage.active), resident: \(usage.resident)\n"
        text += "Arenas of 64 MiB: \(arenas). Pages of 64 KiB: \(pages.used) used, \(pages.free) free, "
        text += "\(dirtyPages) of these not yet given back to the kernel\n"
        text +=
            "Blocks over 16 MiB: \(hugeBytes) bytes. Blocks over 16 KiB: \(largeRuns.count), \(largeRuns.bytes) bytes "
        text += "in \(largeRuns.pages) pages\n"
        text += SlabReport.row(["size", "pages", "lent", "free", "bytes lent", "lent %"])
        for size in classes {
            let share = size.live * 100 / max(1, size.live + size.free)
            let numbers = [size.size, size.pages, size.live, size.free, size.live * size.size, share]
            text += SlabReport.row(numbers.map(String.init))
        }
        return text + "--- End slab allocator statistics ---\n"
    }

    /// Columns of twelve characters, to the right.
    private static func row(_ words: [String]) -> String {
        words.map { String(repeating: " ", count: max(1, 12 - $0.utf8.count)) + $0 }.joined() + "\n"
    }
}

extension SlabAllocator {
    /// Of the pages that hold blocks, touched or not.
    @inline(__always) var occupied: Int {
        largeUsed &+ hugeUsed &+ (pages.usedCount &- largePages) &* PageSupply.pageSize
    }

    var usage: HeapUsage {
        let touched = occupied - untouched
        let kept = pages.dirtyCount * PageSupply.pageSize + pages.dyingSize
        return HeapUsage(allocated: used, active: touched, resident: touched + kept)
    }

    /// - Complexity: O(pages).
    func report() -> SlabReport {
        var report = SlabReport(
            hugeBytes: hugeUsed, usage: usage, arenas: pages.arenaCount, pages: pages.pageCounts,
            dirtyPages: pages.dirtyCount)
        pages.forEachRecord { report.add($0) }
        return report
    }
}
