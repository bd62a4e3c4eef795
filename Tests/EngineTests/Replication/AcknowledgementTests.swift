// Clients that wait until replicas have what they have written: each gets the answer to what it asks for now.

import Platform
import Testing

@testable import Engine

@Suite struct AcknowledgementTests {
    /// A wait that is over is forgotten: it wanted less than the one behind it.
    @Test(arguments: ["WAIT", "WAITAOF 0"])
    func aWaitThatIsOverAnswersNoLaterOne(_ command: String) {
        var primary = Primary()
        let replica = primary.follow("? -1")
        primary.say("SET a 1")
        let none = command == "WAIT" ? ":0\r\n" : "*2\r\n:0\r\n:0\r\n"
        let one = command == "WAIT" ? ":1\r\n" : "*2\r\n:0\r\n:1\r\n"
        primary.machine.say("\(command) 1 100\r\n")
        primary.machine.turns()
        primary.machine.pass(milliseconds: 110)
        #expect(primary.machine.hear() == none)
        primary.machine.say("\(command) 2 5000\r\n")
        primary.machine.turns()
        let told = primary.offset
        primary.machine.say("REPLCONF ACK \(told) FACK \(told)\r\n", as: replica.line)
        primary.machine.turns()
        #expect(primary.machine.hear().isEmpty)
        for _ in 0..<5 { primary.machine.pass(milliseconds: 1001) }
        #expect(primary.machine.hear() == one)
    }

    /// One that gets its snapshot over the socket has yet to confirm that it did; writes need not wait for that.
    @Test func aReplicaCountsAsSoonAsItHasItsSnapshot() {
        var primary = Primary()
        primary.ask("CONFIG SET min-replicas-to-write 1", "+OK\r\n")
        primary.ask("SET a 1", "-NOREPLICAS Not enough good replicas to write.\r\n")
        let replica = primary.follow("? -1", capabilities: "capa eof")
        #expect(replica.heard.contains("$EOF:"))
        primary.ask("SET a 1", "+OK\r\n")
        primary.leave(replica.line)
        primary.ask("SET a 1", "-NOREPLICAS Not enough good replicas to write.\r\n")
    }

    /// Nothing is kept of who has waited for replicas that there are none of.
    @Test func nothingIsLeftOfAWait() {
        var primary = Primary()
        for _ in 0..<100 {
            primary.machine.say("WAIT 1 1\r\n")
            primary.machine.turns()
            primary.machine.pass(milliseconds: 2)
            #expect(primary.machine.hear() == ":0\r\n")
        }
        let gone = primary.machine.connect()
        primary.machine.say("WAIT 1 0\r\n", as: gone)
        primary.machine.turns()
        let waiting = primary.machine.loop.server.context.blocked.allKeyless
        #expect(waiting == [ClientIdentifier(gone)])
        primary.leave(gone)
        let left = primary.machine.loop.server.context.blocked.allKeyless
        #expect(left.isEmpty)
    }
}
