// A server that is followed, played by a test: it says what it likes over the one connection that ours has made.

import Platform
import TestSupport
import Testing

@testable import Engine

/// Our server as a replica, and what it follows.
struct Follower: ~Copyable {
    static let history = String(repeating: "a", count: 40)

    var machine: Machine

    init(_ change: (inout Settings) -> Void = { _ in }) {
        var settings = Settings()
        settings.savePoints = []
        change(&settings)
        machine = Machine(settings)
    }

    var network: FakeNetwork { machine.network }
    /// The connection that it has made last.
    var line: Int32 { network.outgoing.last ?? -1 }
    var phase: PrimaryLink.Phase { machine.loop.server.context.link.phase }
    var applied: Int { machine.loop.server.context.link.applied }
    var isLoading: Bool { machine.loop.server.context.loading.isInForce }

    mutating func ask(_ text: String) -> String { machine.ask(text) }

    mutating func follow() {
        #expect(machine.ask("REPLICAOF primary 6379") == "+OK\r\n")
        #expect(!network.outgoing.isEmpty)
    }

    /// Says something, and returns what it hears.
    @discardableResult
    mutating func say(_ bytes: some Sequence<UInt8>) -> String {
        network.say(bytes, on: line)
        machine.turns()
        return machine.hear(as: line)
    }

    @discardableResult mutating func say(_ text: String) -> String { say(Array(text.utf8)) }

    /// From the greeting to the request for the stream, which is returned.
    mutating func greet() -> String {
        machine.turns()
        #expect(machine.hear(as: line) == "*1\r\n$4\r\nPING\r\n")
        let introduction = say("+PONG\r\n")
        #expect(introduction.contains("listening-port\r\n$4\r\n6379\r\n"))
        return say("+OK\r\n+OK\r\n")
    }

    /// Our own snapshot of a few keys, as another server would send it.
    static func snapshot() -> [UInt8] {
        var machine = Machine()
        for line in ["SET k v", "RPUSH l a b c", "SET old v PXAT 1", "SELECT 3", "SET there x"] {
            _ = machine.ask(line)
        }
        _ = machine.ask("SAVE")
        return machine.disk["dump.rdb"] ?? []
    }

    /// Has the snapshot, and hears the stream behind it, from `position` on.
    mutating func synchronize(position: Int = 100) {
        follow()
        #expect(greet().contains("PSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n"))
        let file = Follower.snapshot()
        say("+FULLRESYNC \(Follower.history) \(position)\r\n$\(file.count)\r\n")
        let answer = say(file)
        #expect(answer.contains("REPLCONF\r\n$3\r\nACK\r\n$3\r\n\(position)\r\n"))
        #expect(phase == .streams)
    }

    /// Requests as a stream has them.
    static func requests(_ lines: String...) -> [UInt8] {
        lines.flatMap { line in
            let words = line.split(separator: " ")
            return Array(("*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()).utf8)
        }
    }

    /// Nothing is left of what was not complete.
    var leftFiles: Int { machine.disk.paths.count { $0.contains("temp") } }
}
