// A lead that is handed over: to replicas that a test plays, which have everything in time or not, and take the lead or
// do not. Writes wait until it is decided, and none is lost.

import Platform
import TestSupport
import Testing

@testable import Engine

/// Our server as a primary with two replicas, the first of which is at 10.0.0.9, port 7001.
private struct Stage: ~Copyable {
    var primary = Primary()
    let first: Int32
    let second: Int32
    let writer: Int32

    init() {
        var lines: [Int32] = []
        for place in ["listening-port 7001 ip-address 10.0.0.9", "listening-port 7002 ip-address 10.0.0.8"] {
            lines.append(primary.follow("? -1", capabilities: place).line)
        }
        (first, second) = (lines[0], lines[1])
        writer = primary.machine.connect()
        primary.ask("SET a 1", "+OK\r\n")
        for line in lines { _ = primary.machine.hear(as: line) }
    }

    var network: FakeNetwork { primary.network }
    /// The connection to the replica that is to lead.
    var line: Int32 { network.outgoing.last ?? -1 }
    var leads: Bool { primary.machine.loop.server.context.settings.primary == nil }

    mutating func state() -> String { primary.machine.information("master_failover_state") ?? "" }

    mutating func ask(_ text: String) -> String { primary.machine.ask(text) }

    /// The replica has so much of the stream less than there is.
    mutating func acknowledge(_ line: Int32, less: Int = 0) {
        primary.machine.say("REPLCONF ACK \(primary.offset - less)\r\n", as: line)
        primary.machine.turns()
    }

    /// Somebody writes, and waits.
    mutating func writeInVain() { #expect(primary.machine.ask("INCR a", as: writer) == "") }

    mutating func heardByWriter() -> String {
        primary.machine.turns()
        return primary.machine.hear(as: writer)
    }

    @discardableResult mutating func say(_ text: String) -> String {
        network.say(Array(text.utf8), on: line)
        primary.machine.turns()
        return primary.machine.hear(as: line)
    }

    /// From the greeting to the request, which is returned.
    mutating func greet() -> String {
        primary.machine.turns()
        #expect(primary.machine.hear(as: line) == "*1\r\n$4\r\nPING\r\n")
        #expect(say("+PONG\r\n").contains("listening-port"))
        return say("+OK\r\n+OK\r\n")
    }

    /// Everything up to the replica's answer.
    mutating func handOver() {
        #expect(ask("FAILOVER TO 10.0.0.9 7001") == "+OK\r\n")
        writeInVain()
        acknowledge(first)
        #expect(state() == "failover-in-progress" && !leads)
        let (name, offset) = (primary.identifier, primary.offset)
        let place = "\(offset + 1)"
        let words = "PSYNC\r\n$40\r\n\(name)\r\n$\(place.utf8.count)\r\n\(place)\r\n$8\r\nFAILOVER\r\n"
        #expect(greet().hasSuffix(words))
    }
}

@Suite struct FailoverTests {
    static let newName = String(repeating: "c", count: 40)

    @Test func whoHasEverythingLeads() {
        var stage = Stage()
        #expect(stage.ask("FAILOVER TO 10.0.0.9 7001") == "+OK\r\n")
        stage.writeInVain()
        #expect(stage.state() == "waiting-for-sync" && stage.ask("GET a") == "$1\r\n1\r\n")
        // Another one is no help, and nearly everything is not enough.
        stage.acknowledge(stage.second)
        stage.acknowledge(stage.first, less: 1)
        #expect(stage.state() == "waiting-for-sync" && stage.leads)
        #expect(stage.network.outgoing.isEmpty)
        stage.acknowledge(stage.first)
        #expect(stage.state() == "failover-in-progress" && !stage.leads)
        #expect(stage.network.targets == [[SocketAddress(version4: 0x0A00_0009, port: 7001)]])
        #expect(stage.ask("SET a 7").hasPrefix("-READONLY"))
        #expect(stage.greet().hasSuffix("FAILOVER\r\n"))
        let old = stage.primary.identifier
        stage.say("+CONTINUE \(FailoverTests.newName)\r\n")
        #expect(stage.state() == "no-failover")
        #expect(stage.heardByWriter().hasPrefix("-READONLY"))
        #expect(stage.primary.machine.information("master_link_status") == "up")
        #expect(stage.primary.identifier == FailoverTests.newName)
        #expect(stage.primary.machine.information("master_replid2") == old)
        stage.say("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n5\r\n")
        #expect(stage.ask("GET a") == "$1\r\n5\r\n")
        // The other replica comes back, and goes on.
        #expect(stage.network.isClosedByServer(stage.second))
    }

    @Test func anyoneMayLeadWhoHasEverything() {
        var stage = Stage()
        stage.acknowledge(stage.first, less: 1)
        #expect(stage.ask("FAILOVER") == "+OK\r\n")
        #expect(stage.state() == "waiting-for-sync")
        stage.acknowledge(stage.second)
        #expect(stage.state() == "failover-in-progress")
        #expect(stage.network.targets == [[SocketAddress(version4: 0x0A00_0008, port: 7002)]])
    }

    /// Who has everything already need not say so again.
    @Test func nothingIsWaitedForThatIsThere() {
        var stage = Stage()
        stage.acknowledge(stage.first)
        #expect(stage.ask("FAILOVER TO 10.0.0.9 7001") == "+OK\r\n")
        stage.primary.machine.pass(milliseconds: 100)
        #expect(stage.state() == "failover-in-progress")
    }

    static let refusals = [
        "-NOPERM no\r\n", "-ERR PSYNC FAILOVER no\r\n", "-LOADING x\r\n", "-NOMASTERLINK x\r\n", "what\r\n",
    ]

    @Test(arguments: refusals)
    func whoWillNotLeadIsLed(_ answer: String) {
        var stage = Stage()
        stage.handOver()
        let (old, offset) = (stage.primary.identifier, stage.primary.offset)
        stage.say(answer)
        #expect(stage.state() == "no-failover" && stage.leads)
        #expect(stage.heardByWriter() == ":2\r\n")
        #expect(stage.network.isClosedByServer(stage.line))
        #expect(stage.primary.machine.information("master_replid2") == old)
        // Replicas come back, and go on.
        let back = stage.primary.follow("\(old) \(offset + 1)", capabilities: "capa psync2")
        #expect(back.heard.hasPrefix("+CONTINUE") && back.heard.contains("INCR"))
    }

    @Test func whoGoesAwayWillNotLead() {
        var stage = Stage()
        stage.handOver()
        stage.network.end(stage.line)
        stage.primary.machine.turns()
        #expect(stage.state() == "no-failover" && stage.leads)
        #expect(stage.heardByWriter() == ":2\r\n")
        stage.primary.machine.pass(milliseconds: 2000)
        #expect(stage.network.outgoing.count == 1)
    }

    /// A snapshot is no failure: the replica leads.
    @Test func aSnapshotEndsItAsWell() {
        var stage = Stage()
        stage.handOver()
        stage.say("+FULLRESYNC \(FailoverTests.newName) 5\r\n")
        #expect(stage.state() == "no-failover" && !stage.leads)
        #expect(stage.heardByWriter().hasPrefix("-READONLY"))
    }

    /// Before the request nothing is decided: it is tried until somebody says to stop.
    @Test func whoCannotBeReachedIsTriedAgain() {
        var stage = Stage()
        stage.acknowledge(stage.first)
        stage.network.refusal = "Connection refused"
        #expect(stage.ask("FAILOVER") == "+OK\r\n")
        stage.primary.machine.pass(milliseconds: 100)
        #expect(stage.state() == "failover-in-progress" && stage.network.outgoing.isEmpty)
        stage.network.refusal = nil
        stage.primary.machine.pass(milliseconds: 150)
        #expect(stage.network.outgoing.count == 1)
        stage.network.reset(stage.line)
        stage.primary.machine.turns()
        #expect(stage.state() == "failover-in-progress")
        stage.primary.machine.pass(milliseconds: 150)
        #expect(stage.network.outgoing.count == 2)
        #expect(stage.ask("FAILOVER ABORT") == "+OK\r\n")
        #expect(stage.leads && stage.state() == "no-failover" && stage.network.isClosedByServer(stage.line))
        #expect(stage.ask("INCR a") == ":2\r\n")
    }

    @Test func whoIsTooLateDoesNotLead() {
        var stage = Stage()
        stage.acknowledge(stage.first, less: 1)
        #expect(stage.ask("FAILOVER TO 10.0.0.9 7001 TIMEOUT 500") == "+OK\r\n")
        stage.writeInVain()
        stage.primary.machine.pass(milliseconds: 400)
        #expect(stage.state() == "waiting-for-sync")
        stage.primary.machine.pass(milliseconds: 200)
        #expect(stage.state() == "no-failover" && stage.leads)
        #expect(stage.heardByWriter() == ":2\r\n" && stage.network.outgoing.isEmpty)
    }

    @Test func whoIsForcedLeadsWithLess() {
        var stage = Stage()
        stage.acknowledge(stage.first, less: 1)
        #expect(stage.ask("FAILOVER TO 10.0.0.9 7001 TIMEOUT 500 FORCE") == "+OK\r\n")
        stage.primary.machine.pass(milliseconds: 600)
        #expect(stage.state() == "failover-in-progress" && !stage.leads)
        #expect(stage.greet().hasSuffix("FAILOVER\r\n"))
    }

    /// The stream stands still meanwhile: no signs of life, no questions, no key that ends.
    @Test func theStreamComesToAnEnd() {
        var stage = Stage()
        #expect(stage.primary.machine.ask("SET short 1 PX 1000", as: stage.writer) == "+OK\r\n")
        #expect(stage.ask("FAILOVER TIMEOUT 100000") == "+OK\r\n")
        let end = stage.primary.offset
        #expect(stage.primary.machine.ask("WAIT 2 100", as: stage.writer) == "")
        for _ in 0..<30 { stage.primary.machine.pass(milliseconds: 1000) }
        #expect(stage.ask("EXISTS short") == ":0\r\n")
        #expect(stage.primary.offset == end && stage.state() == "waiting-for-sync")
    }

    /// What clients want to wait ends without it, and it without that.
    @Test func aPauseOfClientsIsAnother() {
        var stage = Stage()
        #expect(stage.ask("FAILOVER TIMEOUT 100000") == "+OK\r\n")
        stage.writeInVain()
        let reader = stage.primary.machine.connect()
        #expect(stage.ask("CLIENT PAUSE 1000 ALL") == "+OK\r\n")
        #expect(stage.primary.machine.ask("GET a", as: reader) == "")
        stage.primary.machine.pass(milliseconds: 1100)
        #expect(stage.primary.machine.hear(as: reader) == "$1\r\n1\r\n")
        #expect(stage.heardByWriter() == "")
        #expect(stage.ask("CLIENT PAUSE 1000 WRITE") == "+OK\r\n")
        #expect(stage.ask("FAILOVER ABORT") == "+OK\r\n")
        #expect(stage.heardByWriter() == "")
        stage.primary.machine.pass(milliseconds: 1100)
        #expect(stage.heardByWriter() == ":2\r\n")
    }

    @Test func aReplicaThatIsAskedTakesTheLead() {
        var follower = Follower { $0.transferDelaySeconds = 0 }
        follower.synchronize()
        follower.say(Follower.requests("SET a 1"))
        let other = follower.machine.connect(), place = "\(Follower.history) \(follower.applied + 1)"
        #expect(follower.machine.ask("PSYNC \(FailoverTests.newName) 1 FAILOVER", as: other).hasPrefix("-ERR PSYNC"))
        #expect(follower.machine.ask("REPLCONF capa psync2", as: other) == "+OK\r\n")
        follower.machine.say("PSYNC \(place) FAILOVER\r\n", as: other)
        follower.machine.turns()
        let name = follower.machine.information("master_replid") ?? ""
        #expect(follower.machine.hear(as: other) == "+CONTINUE \(name)\r\n" && name != Follower.history)
        #expect(follower.machine.information("role") == "master" && follower.network.isClosedByServer(follower.line))
        #expect(follower.ask("SET a 2") == "+OK\r\n")
        #expect(follower.machine.hear(as: other).hasSuffix("$1\r\n2\r\n"))
        #expect(follower.machine.ask("PSYNC \(place) FAILOVER").hasPrefix("-ERR PSYNC FAILOVER can't be sent"))
    }
}
