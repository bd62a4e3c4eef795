// What the server counts about itself as a whole: INFO stats and clients. Each room adds to its own counters.

/// Counters since the start, or since CONFIG RESETSTAT.
struct ServerStatistics {
    // Connections
    var connectionsReceived = 0
    var connectionsRejected = 0
    var failedAuthentications = 0
    var clientsCutForQueryBuffer = 0
    var clientsCutForOutput = 0
    // Traffic
    var inputBytes = 0
    var outputBytes = 0
    var reads = 0
    var writes = 0
    /// The largest of the last seconds.
    var recentLargestInput = 0
    var recentLargestOutput = 0
    // The event loop
    var turns = 0
    var turnMicroseconds = 0
    var commandMicroseconds = 0

    var commandRate = SampledRate()
    var inputRate = SampledRate()
    var outputRate = SampledRate()
    var turnRate = SampledRate()
    var turnDurationRate = SampledRate()

    mutating func reset() { self = ServerStatistics() }
}
