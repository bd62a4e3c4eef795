// Latencies in buckets of about three per cent width, from one nanosecond to minutes.

/// Counts of durations.
struct Histogram {
    private var buckets = [Int](repeating: 0, count: 64 * 32)
    private(set) var count = 0
    private(set) var longest = 0

    @inline(__always) mutating func add(nanoseconds: Int) {
        let value = UInt64(max(1, nanoseconds))
        let exponent = 63 - value.leadingZeroBitCount
        let scaled = exponent >= 5 ? value &>> UInt64(exponent - 5) : value &<< UInt64(5 - exponent)
        let fraction = Int(scaled & 31)
        buckets[exponent * 32 + fraction] += 1
        count += 1
        if nanoseconds > longest { longest = nanoseconds }
    }

    /// The duration that the given share stays below, in microseconds.
    func microseconds(at share: Double) -> Double {
        var rest = Int(Double(count) * share)
        for (index, bucket) in buckets.enumerated() {
            rest -= bucket
            if rest < 0 { return Double(1 &<< (index / 32)) * (1 + Double(index % 32) / 32) / 1000 }
        }
        return Double(longest) / 1000
    }

    var json: String {
        let (half, most) = (microseconds(at: 0.5), microseconds(at: 0.99))
        return "{\"count\":\(count),\"p50\":\(half),\"p99\":\(most),\"max\":\(Double(longest) / 1000)}"
    }
}
