// The heaviest names of a stream that has more names than anybody could keep: the summary of Misra and Gries ("Finding
// repeated elements", 1982), with weights, and emptied by halves. A name is known by its hash; the start of it is kept
// to be shown. With `size` places, what is counted for a name is at most its true weight, and less by at most
// 2 / `size` of all weights together; while there are no more names than places it is exact.

/// A fixed number of names with their weights, and counts that go with them.
struct TopCounts: ~Copyable {
    /// One name. The counts are those since it came in; what was lost before has no more weight than `missed`.
    struct Row: BitwiseCopyable {
        let hash: UInt64
        /// What decides who stays.
        fileprivate var weight: UInt64
        /// What has been counted, each for itself; the first one is what `missed` is about.
        fileprivate(set) var counts: (UInt64, UInt64, UInt64)
        let missed: UInt64
        /// A number that belongs to the name.
        let tag: Int32
        /// Its whole length.
        let length: Int32
    }

    /// So much of a name is kept.
    static let longestName = 56

    private var rows: FixedArray<Row>
    private var names: FixedArray<UInt8>
    /// Where a hash says, or behind: the number of a row and one, or zero.
    private var places: FixedArray<UInt16>
    private(set) var count = 0
    /// All weights that were ever added.
    private(set) var total: UInt64 = 0
    /// No name that is not here has had more.
    private(set) var lost: UInt64 = 0

    /// - Parameter size: A power of two from 16 to 8192.
    init(size: Int) {
        let empty = Row(hash: 0, weight: 0, counts: (0, 0, 0), missed: 0, tag: 0, length: 0)
        rows = FixedArray(repeating: empty, count: size)
        names = FixedArray(repeating: 0, count: size * TopCounts.longestName)
        places = FixedArray(repeating: 0, count: size * 2)
    }

    var size: Int { rows.count }

    var memoryUsed: Int { TopCounts.memoryUsed(size: size) }

    static func memoryUsed(size: Int) -> Int { size * (MemoryLayout<Row>.stride + longestName + 4) }

    subscript(index: Int) -> Row {
        precondition(index < count)
        return rows[index]
    }

    /// The start of the name of a row.
    func name(_ index: Int) -> [UInt8] {
        let start = index * TopCounts.longestName
        return (0..<min(Int(rows[index].length), TopCounts.longestName)).map { names[start + $0] }
    }

    /// Counts for a name, the first of the counts being its weight.
    @inline(__always)
    mutating func add(
        _ hash: UInt64, _ counts: (UInt64, UInt64, UInt64), tag: Int32 = 0, name: Bytes
    ) {
        total &+= counts.0
        var place = Int(truncatingIfNeeded: hash) & (places.count &- 1)
        while true {
            let index = Int(places[place]) &- 1
            if index < 0 { return insert(hash, counts, tag, name) }
            if rows[index].hash == hash {
                rows[index].weight &+= counts.0
                rows[index].counts.0 &+= counts.0
                rows[index].counts.1 &+= counts.1
                rows[index].counts.2 &+= counts.2
                return
            }
            place = (place &+ 1) & (places.count &- 1)
        }
    }

    @inline(never)
    private mutating func insert(_ hash: UInt64, _ counts: (UInt64, UInt64, UInt64), _ tag: Int32, _ name: Bytes) {
        if counts.0 == 0 { return }
        if count == size { makeRoom() }
        rows[count] = Row(
            hash: hash, weight: counts.0, counts: counts, missed: lost, tag: tag,
            length: Int32(clamping: name.count))
        let start = count * TopCounts.longestName
        for index in 0..<min(name.count, TopCounts.longestName) { names[start + index] = name[index] }
        count += 1
        enter(count - 1)
    }

    private mutating func enter(_ index: Int) {
        var place = Int(truncatingIfNeeded: rows[index].hash) & (places.count - 1)
        while places[place] != 0 { place = (place + 1) & (places.count - 1) }
        places[place] = UInt16(truncatingIfNeeded: index + 1)
    }

    /// Takes the same weight from all, as much as the one in the middle has: half of the names are left with nothing.
    private mutating func makeRoom() {
        var weights: [UInt64] = []
        weights.reserveCapacity(count)
        for index in 0..<count { weights.append(rows[index].weight) }
        weights.sort(only: count / 2..<count / 2 + 1) { $0 < $1 ? -1 : $0 > $1 ? 1 : 0 }
        let middle = weights[count / 2]
        lost &+= middle
        var kept = 0
        for index in 0..<count where rows[index].weight > middle {
            rows[index].weight &-= middle
            if kept < index { move(index, to: kept) }
            kept += 1
        }
        count = kept
        for place in 0..<places.count { places[place] = 0 }
        for index in 0..<count { enter(index) }
    }

    private mutating func move(_ index: Int, to place: Int) {
        rows[place] = rows[index]
        let (from, start) = (index * TopCounts.longestName, place * TopCounts.longestName)
        for offset in 0..<TopCounts.longestName { names[start + offset] = names[from + offset] }
    }

    /// The rows with the highest counts, best first.
    func best(_ most: Int, by order: (Row) -> UInt64) -> [Int] {
        let ranked = (0..<count).sorted { order(rows[$0]) > order(rows[$1]) }
        return Array(ranked.prefix(most))
    }

    /// The row of a name, if it is here.
    func index(of hash: UInt64) -> Int? { (0..<count).first { rows[$0].hash == hash } }

    mutating func removeAll() {
        (count, total, lost) = (0, 0, 0)
        for place in 0..<places.count { places[place] = 0 }
    }

    /// For tests: each row is found where its hash says.
    func checkInvariants() -> Bool {
        (0..<count).allSatisfy { index in
            var place = Int(truncatingIfNeeded: rows[index].hash) & (places.count - 1)
            while places[place] != 0, Int(places[place]) != index + 1 { place = (place + 1) & (places.count - 1) }
            return places[place] != 0
        } && (0..<places.count).filter { places[$0] != 0 }.count == count
    }
}
