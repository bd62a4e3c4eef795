// Some of the 1,024 pages of an arena: one bit for each.

/// A set of page numbers.
struct PageSet {
    private var words = InlineArray<16, UInt64>(repeating: 0)
    /// No lower word has a bit.
    private var firstWord = 0

    func contains(_ page: Int) -> Bool { words[page >> 6] & 1 << UInt64(page & 63) != 0 }

    mutating func insert(_ page: Int) {
        words[page >> 6] |= 1 << UInt64(page & 63)
        firstWord = min(firstWord, page >> 6)
    }

    mutating func remove(_ page: Int) { words[page >> 6] &= ~(1 << UInt64(page & 63)) }

    var count: Int { words.indices.reduce(0) { $0 + words[$1].nonzeroBitCount } }

    var last: Int? {
        for index in words.indices.reversed() where words[index] != 0 {
            return index << 6 + 63 - words[index].leadingZeroBitCount
        }
        return nil
    }

    /// Where the first `length` pages in a row begin that are all in the set.
    mutating func firstRun(of length: Int) -> Int? {
        while firstWord < 15, words[firstWord] == 0 { firstWord += 1 }
        if length == 1 { return words[firstWord] == 0 ? nil : firstWord << 6 + words[firstWord].trailingZeroBitCount }
        var page = firstWord << 6, run = 0
        while page < 1024 {
            if page & 63 == 0, words[page >> 6] == 0 {
                (run, page) = (0, page + 64)
            } else {
                run = contains(page) ? run + 1 : 0
                page += 1
                if run == length { return page - length }
            }
        }
        return nil
    }

    func isSubset(of other: PageSet) -> Bool { words.indices.allSatisfy { words[$0] & ~other.words[$0] == 0 } }
}
