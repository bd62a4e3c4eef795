// What the server counts about itself as a whole, besides what clients and keys count: turns, and rates.

/// Counters since the start, or since CONFIG RESETSTAT.
struct ServerStatistics {
    var failedAuthentications = 0
    var turns = 0
    /// Nanoseconds that turns took, without waiting, and those of periodic work among them.
    var turnNanoseconds: UInt64 = 0
    var periodicNanoseconds: UInt64 = 0
    /// Nanoseconds of ending keys whose time has come, and how often a turn did not get through them.
    var expiryNanoseconds: UInt64 = 0
    var unfinishedExpiries = 0
    var longestTurnNanoseconds: UInt64 = 0
    /// The most processor time of a turn, of those within a minute after somebody asked.
    var longestWatchedTurnNanoseconds: Int64 = 0
    /// And of those while a snapshot was taken.
    var longestSavingTurnNanoseconds: Int64 = 0
    /// And while memory was being defragmented.
    var longestDefragmentingTurnNanoseconds: Int64 = 0
    /// Commands of this turn so far, and the most that one turn had.
    var commandsOfTurn = 0
    var mostCommandsOfTurn = 0

    var commandRate = SampledRate()
    var inputRate = SampledRate()
    var outputRate = SampledRate()
    var turnRate = SampledRate()
    var turnDurationRate = SampledRate()
}
