// A rate of now: what was counted in the last second and a half, from sixteen samples a tenth of a second apart.

/// A counter's growth per second, smoothed.
struct SampledRate {
    private static let sampleCount = 16

    private var samples = InlineArray<16, Int>(repeating: 0)
    private var next = 0
    private var lastCount = 0
    private var lastTime: Int64 = 0

    /// Takes in where the counter stands at a time in milliseconds.
    mutating func sample(_ count: Int, at time: Int64) {
        let span = time - lastTime
        if lastTime != 0, span > 0 {
            samples[next] = max(0, count &- lastCount) &* 1000 / Int(span)
            next = (next + 1) % SampledRate.sampleCount
        }
        (lastCount, lastTime) = (count, time)
    }

    var perSecond: Int {
        var sum = 0
        for index in 0..<SampledRate.sampleCount { sum += samples[index] }
        return sum / SampledRate.sampleCount
    }

    mutating func reset() { self = SampledRate() }
}
