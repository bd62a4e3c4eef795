// What the server counts about itself as a whole, besides what clients and keys count: turns, and rates.

/// Counters since the start, or since CONFIG RESETSTAT.
struct ServerStatistics {
    var failedAuthentications = 0
    var turns = 0
    /// Nanoseconds that turns took, without waiting.
    var turnNanoseconds: UInt64 = 0

    var commandRate = SampledRate()
    var inputRate = SampledRate()
    var outputRate = SampledRate()
    var turnRate = SampledRate()
    var turnDurationRate = SampledRate()
}
