// What the server counts about one command: INFO commandstats and latencystats, LATENCY HISTOGRAM. Recording a call
// takes about twenty instructions; the histogram is made at the first call.

/// Counts and times of one command.
struct CommandStatistics {
    private(set) var calls = 0
    private var nanoseconds: UInt64 = 0
    var rejectedCalls = 0
    var failedCalls = 0
    private(set) var histogram: Reference<LatencyHistogram>?

    var microseconds: Int { Int(truncatingIfNeeded: nanoseconds / 1000) }
    var isEmpty: Bool { calls == 0 && rejectedCalls == 0 && failedCalls == 0 }

    /// Takes in a call that lasted so long.
    @inline(__always) mutating func record(_ duration: UInt64, inHistogram: Bool) {
        calls &+= 1
        nanoseconds &+= duration
        guard inHistogram else { return }
        if let histogram { histogram.value.record(duration) } else { recordFirst(duration) }
    }

    @inline(never) private mutating func recordFirst(_ duration: UInt64) {
        let histogram = Reference(LatencyHistogram())
        histogram.value.record(duration)
        self.histogram = histogram
    }

    /// CONFIG RESETSTAT. The histogram keeps its memory, as it cannot be freed.
    mutating func reset() {
        (calls, nanoseconds, rejectedCalls, failedCalls) = (0, 0, 0, 0)
        histogram?.value = LatencyHistogram()
    }
}
