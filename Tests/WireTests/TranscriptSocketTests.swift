// The transcripts over sockets: against our server's binary, and against the real redis-server where there is one.
// A real clock stands behind both, so transcripts that wait long, or for single milliseconds, are left to the run in
// process.

import Foundation
import TestSupport
import Testing

@Suite struct TranscriptSocketTests {
    static let names: [String] = Transcript.allNames.filter { name in
        guard let pauses = (try? Transcript(named: name))?.pauses else { return true }
        return pauses.total == 0 || (pauses.total <= 1500 && pauses.shortest >= 20)
    }

    @Test(.enabled(if: ServerProcess.apus != nil, "the server is not built"), arguments: names)
    func ourServerAnswersAsWritten(_ name: String) throws {
        let binary = try #require(ServerProcess.apus)
        try hold(name, with: binary, Partner(.apus, .socket))
    }

    @Test(.enabled(if: ServerProcess.reference != nil, "there is no redis-server on PATH"), arguments: names)
    func theRealServerAnswersAsWritten(_ name: String) throws {
        let binary = try #require(ServerProcess.reference)
        let version = ServerProcess.referenceVersion
        try hold(name, with: binary, Partner(.redis(major: version.major, minor: version.minor), .socket))
    }

    private func hold(_ name: String, with binary: URL, _ partner: Partner) throws {
        let server = try ServerProcess(binary)
        var conversation = SocketConversation(port: server.port)
        for mismatch in try Transcript(named: name).run(with: partner, &conversation) { Issue.record("\(mismatch)") }
    }
}

/// Clients of a server behind a socket.
struct SocketConversation: ~Copyable, Conversing {
    var hearings: [Int: Hearing] = [:]
    private let port: UInt16
    private var sockets: [Int: Client] = [:]

    /// Connections in a dictionary need an owner that can be copied.
    private final class Client {
        var connection: Connection
        init?(port: UInt16) {
            guard let connection = Connection(port: port) else { return nil }
            self.connection = connection
        }
    }

    init(port: UInt16) { self.port = port }

    /// Who spoke last and has heard nothing since: perhaps a client that waits, which the server must see doing so
    /// before the next one speaks.
    private var unanswered: Int?

    mutating func say(_ bytes: [UInt8], as client: Int) {
        if let unanswered, unanswered != client { usleep(30_000) }
        unanswered = client
        if sockets[client] == nil { sockets[client] = Client(port: port) }
        sockets[client]?.connection.send(bytes)
    }

    mutating func listen(as client: Int) -> Bool {
        guard let socket = sockets[client] else { return false }
        let bytes = socket.connection.receive(milliseconds: 2000)
        if !bytes.isEmpty, client == unanswered { unanswered = nil }
        hearings[client, default: Hearing()].append(bytes)
        if socket.connection.isClosed, !hearings[client, default: Hearing()].isClosed {
            hearings[client, default: Hearing()].isClosed = true
            return true
        }
        return !bytes.isEmpty
    }

    mutating func pass(milliseconds: Int64) { usleep(UInt32(milliseconds) * 1000) }
}
