// How large the values of one database are, in bins of powers of two: strings by their length, the others by their
// elements. The doors keep it up to date, so that INFO keysizes costs nothing but its text: a change of a value
// concerns it only when the size gets into another bin.

/// How many values there are of each size.
struct SizeHistogram: ~Copyable {
    /// What is counted apart, in the order in which INFO shows it. Streams are not shown.
    enum Row: Int, CaseIterable {
        case strings, lists, sets, sortedSets, hashes, others

        fileprivate var name: String? {
            switch self {
            case .strings: "strings_sizes"
            case .lists: "lists_items"
            case .sets: "sets_items"
            case .sortedSets: "zsets_items"
            case .hashes: "hashes_items"
            case .others: nil
            }
        }
    }

    private static let binCount = 48
    /// None before the first value: most databases never get one.
    private var counts = FixedArray(repeating: 0, count: 0)

    /// Where a value of this size is counted: the first bin is for nothing, and bin n + 1 for what has n + 1 binary
    /// digits.
    @inline(__always) static func slot(_ row: Row, _ size: Int) -> Int {
        row.rawValue &* binCount &+ min(64 &- size.leadingZeroBitCount, binCount &- 1)
    }

    @inline(__always) mutating func add(_ slot: Int) {
        if _slowPath(counts.count == 0) { makeCounts() }
        counts[slot] &+= 1
    }

    @inline(never) private mutating func makeCounts() {
        counts = FixedArray(repeating: 0, count: SizeHistogram.slots.count)
    }

    @inline(__always) mutating func remove(_ slot: Int) { counts[slot] &-= 1 }

    @inline(__always) mutating func move(from old: Int, to new: Int) {
        if _slowPath(old != new) {
            remove(old)
            add(new)
        }
    }

    func count(_ slot: Int) -> Int { counts.count == 0 ? 0 : counts[slot] }
    static var slots: Range<Int> { 0..<Row.allCases.count * binCount }

    /// Two integers may have numbers of digits in different bins. Cheap, and seldom wrong: where both have as many
    /// binary digits, only four of these numbers have decimal ones on both sides of a power of two.
    @inline(__always) static func mayDiffer(_ old: Int64, _ new: Int64) -> Bool {
        // Counters of rate limits, as most integers, are small.
        let (before, after) = (UInt64(bitPattern: old), UInt64(bitPattern: new))
        if _fastPath(before | after < 1000) { return (before < 10) != (after < 10) }
        let digits = 64 &- old.leadingZeroBitCount
        // Numbers of 4, 10, 24 and 50 binary digits pass 10, 1000, 10⁷ and 10¹⁵; negative ones have 64.
        let isMixed: UInt64 = 1 &<< 4 | 1 &<< 10 | 1 &<< 24 | 1 &<< 50
        return digits == 64 || old.leadingZeroBitCount != new.leadingZeroBitCount
            || (isMixed &>> UInt64(truncatingIfNeeded: digits)) & 1 != 0
    }

    // MARK: Text

    /// The lines of INFO about the database of this number.
    func lines(_ database: Int) -> [String] {
        Row.allCases.compactMap { row in
            guard let name = row.name else { return nil }
            var bins: [String] = []
            for bin in 0..<SizeHistogram.binCount {
                let count = count(row.rawValue * SizeHistogram.binCount + bin)
                if count != 0 { bins.append("\(SizeHistogram.label(bin))=\(count)") }
            }
            return bins.isEmpty ? nil : "db\(database)_distrib_\(name):" + bins.joined(separator: ",")
        }
    }

    /// The least size of a bin: 0, 1, 2, 4, …, 512, 1K, 2K, …
    private static func label(_ bin: Int) -> String {
        guard bin > 0 else { return "0" }
        let exponent = bin - 1
        return "\(1 << (exponent % 10))" + ["", "K", "M", "G", "T", "P", "E"][exponent / 10]
    }
}

extension Keyspace {
    /// Where the entry's value is counted.
    @inline(__always) func slot(of entry: Entry) -> Int {
        if _fastPath(entry.kind == .string) { return SizeHistogram.slot(.strings, entry.valueCount) }
        return slotOfOther(entry)
    }

    @inline(never) private func slotOfOther(_ entry: Entry) -> Int {
        switch entry.kind {
        case .string: SizeHistogram.slot(.strings, entry.valueCount)
        case .integer32, .integer64: SizeHistogram.slot(.strings, Keyspace.length(entry.integer))
        case .largeString: SizeHistogram.slot(.strings, LargeString(word: entry.word).count)
        case .list: SizeHistogram.slot(.lists, ListValue(word: entry.word, heap: heap).count)
        case .set: SizeHistogram.slot(.sets, SetValue(word: entry.word, heap: heap).count)
        case .sortedSet: SizeHistogram.slot(.sortedSets, SortedSetValue(word: entry.word, heap: heap).count)
        case .hash: SizeHistogram.slot(.hashes, HashValue(word: entry.word, heap: heap).countInMemory)
        case .stream, .module: SizeHistogram.slot(.others, 0)
        }
    }

    private static func length(_ integer: Int64) -> Int {
        Buffer.digitCount(of: integer.magnitude) + (integer < 0 ? 1 : 0)
    }

    /// An integer has another value in its place.
    @inline(__always) mutating func noteInteger(_ old: Int64, became new: Int64) {
        if _slowPath(SizeHistogram.mayDiffer(old, new)) { moveInteger(old, new) }
    }

    @inline(never) private mutating func moveInteger(_ old: Int64, _ new: Int64) {
        noteSize(.strings, Keyspace.length(old), became: Keyspace.length(new))
    }

    /// A value has another size in its place.
    @inline(__always) mutating func noteSize(_ row: SizeHistogram.Row, _ old: Int, became new: Int) {
        databases.current.sizes.move(from: SizeHistogram.slot(row, old), to: SizeHistogram.slot(row, new))
    }
}

extension KeyspaceValue where Self: ~Escapable {
    /// Where values of this kind are counted by their size.
    @inline(__always) static var sizeRow: SizeHistogram.Row {
        switch kind {
        case .list: .lists
        case .set: .sets
        case .sortedSet: .sortedSets
        case .hash: .hashes
        case .string, .integer32, .integer64, .largeString, .stream, .module: .others
        }
    }

    /// The size by which it is counted.
    @inline(__always) var countedSize: Int { Self.kind == .stream ? 0 : countInMemory }
}
