// What logs say of the client whose command runs.

extension CommandContext {
    /// Address and port, as CLIENT LIST shows them.
    var peerName: [UInt8] { Array(address(client.peer, current).utf8) }

    /// What CLIENT SETNAME gave it.
    var clientName: [UInt8] { client.name }

    /// Which database it has selected.
    var databaseIndex: Int { keyspace.selected }

    /// The wall clock, to the microsecond.
    var microsecondsNow: Int64 { now * 1000 }
}
