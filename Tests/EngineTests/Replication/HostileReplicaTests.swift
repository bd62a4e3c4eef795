// Replicas that say anything of themselves: nothing that they say is more than a claim, and none of it costs much.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct HostileReplicaTests {
    @Test(arguments: [
        "ACK \(Int.max)", "ACK \(Int.min)", "ACK", "ACK x", "ACK 99999999999999999999", "ACK 1 FACK \(Int.max)",
        "ACK 1 FACK", "GETACK *", "listening-port \(Int.max)", "listening-port \(Int.min)", "capa", "version x",
        "rdb-only 1", "ACK \(Int.max) ACK \(Int.min)",
    ])
    func noClaimDoesHarm(_ claim: String) {
        var primary = Primary()
        let replica = primary.follow("? -1")
        primary.say("SET a 1")
        primary.machine.say("REPLCONF \(claim)\r\n", as: replica.line)
        primary.machine.turns()
        for question in ["INFO replication", "ROLE", "CLIENT LIST", "WAIT 1 1", "WAIT \(Int.max) 1", "WAITAOF 0 1 1"] {
            _ = primary.machine.ask(question)
            primary.machine.pass(milliseconds: 1100)
        }
        _ = primary.machine.hear()
        primary.ask("PING", "+PONG\r\n")
        primary.leave(replica.line)
        #expect(primary.machine.information("connected_slaves") == "0")
        #expect(primary.follow("\(primary.identifier) 1").heard.hasPrefix("+CONTINUE\r\n"))
    }

    /// What it calls its address ends no line of INFO.
    @Test func anAddressIsOneWord() {
        var primary = Primary()
        let line = primary.machine.connect()
        let address = "x\r\nconnected_slaves:9"
        primary.machine.say(
            "*3\r\n$8\r\nREPLCONF\r\n$10\r\nip-address\r\n$\(address.utf8.count)\r\n\(address)\r\n", as: line)
        primary.machine.say("PSYNC ? -1\r\n", as: line)
        primary.machine.settle()
        #expect(primary.machine.information("connected_slaves") == "1")
        let shown = primary.machine.information("slave0") ?? ""
        #expect(shown.hasPrefix("ip=x  connected_slaves:9,port=0,"), "\(shown)")
    }

    /// Nobody is told again and again how far a replica has come who does not listen.
    @Test func aPrimaryThatOnlyAsksIsAnsweredOnce() {
        var follower = Follower()
        follower.synchronize()
        follower.network.setWindow(0, on: follower.line)
        for _ in 0..<1000 { follower.say(Follower.requests("REPLCONF GETACK *")) }
        let client = follower.machine.loop.server.context.link.client
        let waiting = follower.machine.loop.server.context.clients[client].output.count
        #expect(waiting < 1024, "\(waiting)")
        follower.network.setWindow(.max, on: follower.line)
        follower.machine.turns()
        follower.machine.pass(milliseconds: 1100)
        let heard = follower.machine.hear(as: follower.line)
        #expect(heard.hasSuffix("ACK\r\n$5\r\n\(follower.applied)\r\n"), "\(heard.suffix(100))")
    }
}
