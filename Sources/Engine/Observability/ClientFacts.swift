// What logs say of the client whose command runs.

extension CommandContext {
    /// Address and port, as CLIENT LIST shows them.
    var peerName: [UInt8] { Array("127.0.0.1:0".utf8) }

    /// What CLIENT SETNAME gave it.
    var clientName: [UInt8] { [] }

    /// Which database it has selected.
    var databaseIndex: Int { 0 }

    /// The wall clock, to the microsecond.
    var microsecondsNow: Int64 { now * 1000 }
}
