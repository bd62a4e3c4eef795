// What logs say of the client whose command runs, and when.

internal import Platform

extension CommandContext {
    /// Address and port, as CLIENT LIST shows them.
    var peerName: [UInt8] { clients.contains(current) ? Array(address(client.peer, current).utf8) : [] }

    /// What CLIENT SETNAME gave it.
    var clientName: [UInt8] { clients.contains(current) ? client.name : [] }

    /// Which database it has selected.
    var databaseIndex: Int { keyspace.selected }

    /// The wall clock, to the microsecond: as it was when the turn began, and the time since then.
    var microsecondsNow: Int64 { microseconds(at: Ticks.now) }

    /// The same for a moment of this turn.
    func microseconds(at ticks: UInt64) -> Int64 {
        observation.turnTime + Int64(observation.nanoseconds(ticks &- observation.turnTicks) / 1000)
    }
}
