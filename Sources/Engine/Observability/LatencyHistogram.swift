// How long the calls of one command took, to better than one per cent, in a table of counters: exact below 256
// nanoseconds, then 128 steps to each doubling, up to a second. The steps are those of an HDR histogram of two
// digits, so that percentiles read as Redis prints them.

/// Counts of durations, in nanoseconds.
struct LatencyHistogram {
    private static let exactBits: UInt64 = 128
    private static let longest: UInt64 = 1_000_000_000
    private static let size = 3072

    private var counts = InlineArray<3072, Int>(repeating: 0)

    /// Takes in a duration of one call.
    @inline(__always) mutating func record(_ nanoseconds: UInt64) {
        let isShort = _fastPath(nanoseconds < LatencyHistogram.longest)
        counts[isShort ? LatencyHistogram.index(of: nanoseconds) : LatencyHistogram.lastIndex] &+= 1
    }

    /// Where all that is longer is counted.
    private static var lastIndex: Int { index(of: longest) }

    @inline(__always) private static func index(of value: UInt64) -> Int {
        let shift = UInt64(truncatingIfNeeded: 56 &- (value | exactBits).leadingZeroBitCount)
        return Int(truncatingIfNeeded: shift &<< 7 &+ value &>> shift)
    }

    /// The longest duration that the counter at `index` stands for.
    static func longestDuration(at index: Int) -> Int {
        let shift = max(0, index >> 7 - 1)
        return (index - shift << 7 + 1) << shift - 1
    }

    /// How many calls were recorded.
    var total: Int {
        let counts = counts.span
        var sum = 0
        for index in counts.indices { sum &+= counts[index] }
        return sum
    }

    /// The duration, in nanoseconds, that `percentile` per cent of the calls did not exceed.
    func duration(atPercentile percentile: Double) -> Int {
        let wanted = max(1, Int(percentile / 100 * Double(total) + 0.5))
        let counts = counts.span
        var sum = 0
        for index in counts.indices {
            sum &+= counts[index]
            if sum >= wanted { return LatencyHistogram.longestDuration(at: index) }
        }
        return 0
    }

    /// The calls up to each doubling of a microsecond, where there are more than up to the one before.
    func cumulativeCounts() -> [(microseconds: Int, count: Int)] {
        var found: [(microseconds: Int, count: Int)] = []
        var sum = 0, previous = 0, level: UInt64 = 1024
        var boundary = LatencyHistogram.index(of: level)
        let counts = counts.span
        for index in counts.indices {
            sum &+= counts[index]
            guard index == boundary || index == LatencyHistogram.size - 1 else { continue }
            if sum > previous { found.append((LatencyHistogram.longestDuration(at: index) / 1000, sum)) }
            (previous, level) = (sum, level &* 2)
            boundary = LatencyHistogram.index(of: level)
        }
        return found
    }
}
