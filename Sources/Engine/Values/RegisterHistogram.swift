// From registers to the number of elements: how many registers have which value, and Ertl's estimator over that
// ("New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284). The order of the operations
// is Redis's, so that the estimate is the same to the last digit.

/// How many registers have which value.
struct RegisterHistogram {
    /// Four rows of 64: counting in one of them waits for the count before it, in four much less.
    private var rows = InlineArray<256, Int32>(repeating: 0)

    /// Eight registers, one byte each; none is above 63.
    @inline(__always) mutating func count(_ word: UInt64) {
        for lane in 0..<8 {
            let value = Int(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: 8 &* lane)) & 63
            rows[value | (lane & 3) &<< 6] &+= 1
        }
    }

    mutating func count(_ run: RegisterRun) {
        rows[Int(run.value & 63)] &+= Int32(truncatingIfNeeded: run.length)
    }

    private func count(of value: Int) -> Double {
        Double(rows[value] &+ rows[64 | value] &+ rows[128 | value] &+ rows[192 | value])
    }

    /// How many elements the registers have probably seen.
    var estimate: Int64 {
        let total = Double(HyperLogLog.registerCount)
        let largest = 64 - 14
        var sum = total * RegisterHistogram.tau((total - count(of: largest + 1)) / total)
        for value in stride(from: largest, through: 1, by: -1) {
            sum += count(of: value)
            sum *= 0.5
        }
        sum += total * RegisterHistogram.sigma(count(of: 0) / total)
        // 0.5 / ln 2
        let alpha = 0.721347520444481703680
        let estimate = (alpha * total * total / sum).rounded(.toNearestOrAwayFromZero)
        // What the C library makes of a number that is too large.
        return Int64(exactly: estimate) ?? .min
    }

    private static func sigma(_ start: Double) -> Double {
        if start == 1 { return .infinity }
        var power = start, weight = 1.0, sum = start
        while true {
            power *= power
            let before = sum
            sum += power * weight
            weight += weight
            if sum == before { return sum }
        }
    }

    private static func tau(_ start: Double) -> Double {
        if start == 0 || start == 1 { return 0 }
        var root = start, weight = 1.0, sum = 1 - start
        while true {
            root = root.squareRoot()
            let before = sum
            weight *= 0.5
            sum -= (1 - root) * (1 - root) * weight
            if sum == before { return sum / 3 }
        }
    }
}
