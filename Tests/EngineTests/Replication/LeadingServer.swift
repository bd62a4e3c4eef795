// A server that others follow, who are played by a test: they ask to go on from somewhere, and leave again.

import Platform
import TestSupport
import Testing

@testable import Engine

/// Our server as a primary.
struct Primary: ~Copyable {
    var machine: Machine

    init() {
        var settings = Settings()
        settings.transferDelaySeconds = 0
        settings.savePoints = []
        machine = Machine(settings)
    }

    var network: FakeNetwork { machine.network }
    var identifier: String { machine.loop.server.context.replicas.history.identifier }
    var offset: Int { machine.loop.server.context.replicationOffset }

    mutating func say(_ text: String) { _ = machine.ask(text) }

    mutating func ask(_ text: String, _ expected: String) {
        let reply = machine.ask(text)
        #expect(reply == expected)
    }

    /// A client that asks to go on from there, gets what it gets, and is online.
    mutating func follow(_ place: String, capabilities: String = "capa x") -> (line: Int32, heard: String) {
        let line = machine.connect()
        #expect(machine.ask("REPLCONF \(capabilities)", as: line) == "+OK\r\n")
        machine.say("PSYNC \(place)\r\n", as: line)
        machine.settle()
        return (line, machine.hear(as: line))
    }

    mutating func leave(_ line: Int32) {
        network.end(line)
        machine.turns()
    }
}
