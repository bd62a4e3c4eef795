// Names of other servers that take long to be looked up, come to nothing, or are found when nobody wants them any more:
// the server goes on meanwhile, and nothing is done twice.

import Platform
import TestSupport
import Testing

@testable import Engine

/// A server that takes every key.
private final class Receiver: OutboundNetwork, @unchecked Sendable {
    var opened: [SocketAddress] = []
    /// Connections that were kept and are closed by now.
    var broken: Set<Int32> = []

    func connect(to targets: [SocketAddress], within milliseconds: Int) throws(CallFailure) -> Int32 {
        guard let target = targets.first else { throw .unreachable }
        opened.append(target)
        return Int32(opened.count)
    }

    func send(_ descriptor: Int32, _ bytes: RawSpan, within milliseconds: Int) throws(CallFailure) {
        if broken.contains(descriptor) { throw .broken }
    }

    func receive(
        _ descriptor: Int32, into space: inout MutableRawSpan, within milliseconds: Int
    ) throws(CallFailure) -> Int {
        let answer = Array("+OK\r\n".utf8)
        for index in answer.indices { space.storeBytes(of: answer[index], toByteOffset: index, as: UInt8.self) }
        return answer.count
    }

    func close(_ descriptor: Int32) {}
}

/// A name is being looked up, and that comes to its end now.
private func expectName(_ machine: inout Machine) {
    let isFound = machine.findName()
    #expect(isFound)
}

@Suite struct LinkNameTests {
    static let place = SocketAddress(version4: 0x0A00_0005, port: 0)

    /// A server that follows `primary`, whose name has to be looked up.
    private static func asking(_ change: (inout Settings) -> Void = { _ in }) -> Follower {
        var follower = Follower(change)
        follower.machine.host.fakeNames.slow = ["primary": place, "other": place, "nobody": nil]
        #expect(follower.ask("REPLICAOF primary 6379") == "+OK\r\n")
        return follower
    }

    private static func questions(_ follower: borrowing Follower) -> Int {
        follower.machine.loop.server.context.names.questionCount
    }

    @Test func theServerGoesOnMeanwhile() {
        var follower = LinkNameTests.asking()
        #expect(follower.phase == .resolves && follower.network.outgoing.isEmpty)
        #expect(follower.ask("PING") == "+PONG\r\n")
        #expect(follower.ask("ROLE").hasSuffix("$7\r\nconnect\r\n:-1\r\n"))
        #expect(follower.machine.information("master_link_status") == "down")
        for _ in 0..<100 { follower.machine.pass(milliseconds: 1000) }
        #expect(follower.phase == .resolves && LinkNameTests.questions(follower) == 1)
        expectName(&follower.machine)
        #expect(follower.network.targets == [[LinkNameTests.place.at(port: 6379)]])
        #expect(follower.greet().contains("PSYNC"))
    }

    @Test func whoIsUnknownIsAskedForAgain() {
        var follower = LinkNameTests.asking()
        follower.machine.host.fakeNames.slow["primary"] = .some(nil)
        expectName(&follower.machine)
        #expect(follower.phase == .apart && follower.network.outgoing.isEmpty)
        follower.machine.pass(milliseconds: 1100)
        #expect(follower.phase == .resolves)
        follower.machine.host.fakeNames.slow["primary"] = LinkNameTests.place
        expectName(&follower.machine)
        #expect(follower.phase == .connecting && follower.network.outgoing.count == 1)
    }

    @Test func aLateAnswerIsNothingToWhoFollowsNobody() {
        var follower = LinkNameTests.asking()
        #expect(follower.ask("REPLICAOF NO ONE") == "+OK\r\n")
        expectName(&follower.machine)
        follower.machine.pass(milliseconds: 2000)
        #expect(follower.phase == .none && follower.network.outgoing.isEmpty)
        #expect(follower.ask("SET a 1") == "+OK\r\n")
    }

    @Test func onlyTheLastNameCounts() {
        var follower = LinkNameTests.asking()
        #expect(follower.ask("REPLICAOF other 6379") == "+OK\r\n")
        #expect(LinkNameTests.questions(follower) == 2)
        expectName(&follower.machine)
        #expect(follower.phase == .resolves && follower.network.outgoing.isEmpty)
        expectName(&follower.machine)
        #expect(follower.phase == .connecting && follower.network.outgoing.count == 1)
        #expect(follower.machine.findName() == false)
    }

    /// One lookup is enough for a name, whoever wants it and however often.
    @Test func aNameIsNotLookedUpTwice() {
        var follower = LinkNameTests.asking()
        #expect(follower.ask("REPLICAOF known 6379") == "+OK\r\n")
        #expect(follower.network.outgoing.count == 1)
        #expect(follower.ask("REPLICAOF primary 6380") == "+OK\r\n")
        #expect(LinkNameTests.questions(follower) == 1)
        expectName(&follower.machine)
        #expect(follower.network.targets.last == [LinkNameTests.place.at(port: 6380)])
        #expect(follower.network.isClosedByServer(follower.network.outgoing[0]))
    }

    @Test func theAddressToComeFromIsLookedUpToo() {
        var follower = LinkNameTests.asking { $0.sourceAddress = "other" }
        expectName(&follower.machine)
        #expect(follower.phase == .resolves && follower.network.outgoing.isEmpty)
        expectName(&follower.machine)
        #expect(follower.phase == .connecting && follower.network.outgoing.count == 1)
    }

    /// Whoever asks for many names gets no more threads than there may be, and the link finds its name.
    @Test func manyNamesDoNotKeepTheLinkFromIts() {
        var follower = Follower()
        for index in 0..<20 { follower.machine.host.fakeNames.slow["host\(index)"] = LinkNameTests.place }
        #expect(follower.ask("SET a 1") == "+OK\r\n")
        for index in 0..<20 {
            let client = follower.machine.connect()
            let reply = follower.machine.ask("MIGRATE host\(index) 7 a 0 100000", as: client)
            #expect(reply == (index < 6 ? "" : "-IOERR error or timeout connecting to the client\r\n"))
        }
        #expect(follower.ask("REPLICAOF host19 6379") == "+OK\r\n")
        #expect(follower.phase == .resolves)
        while follower.machine.findName() {}
        #expect(follower.phase == .connecting)
    }
}

@Suite struct MigrationNameTests {
    /// A server with some keys, and another whose name has to be looked up.
    private struct Stage: ~Copyable {
        var machine = Machine()
        let receiver = Receiver()

        init() {
            machine.loop.server.context.links.network = receiver
            machine.host.fakeNames.slow = ["far": LinkNameTests.place, "nobody": nil]
            #expect(machine.ask("MSET a 1 b 2 c 3") == "+OK\r\n")
        }

        mutating func count() -> String { machine.ask("DBSIZE", as: other) }
        private(set) lazy var other = machine.connect()
    }

    @Test func othersAreServedMeanwhile() {
        var stage = Stage()
        #expect(stage.machine.ask("MIGRATE far 7 a 0 1000") == "")
        #expect(stage.count() == ":3\r\n")
        #expect(stage.machine.ask("INCR b", as: stage.other) == ":3\r\n")
        expectName(&stage.machine)
        stage.machine.turns()
        #expect(stage.machine.hear() == "+OK\r\n")
        #expect(stage.receiver.opened == [LinkNameTests.place.at(port: 7)])
        #expect(stage.count() == ":2\r\n")
        // The connection is kept, and no name needed.
        #expect(stage.machine.ask("MIGRATE far 7 b 0 1000") == "+OK\r\n")
        #expect(stage.machine.ask("MIGRATE far 7 b 0 1000") == "+NOKEY\r\n")
    }

    @Test func aConnectionThatIsGoneIsOpenedAgain() {
        var stage = Stage()
        #expect(stage.machine.ask("MIGRATE far 7 a 0 1000") == "")
        expectName(&stage.machine)
        stage.machine.turns()
        #expect(stage.machine.hear() == "+OK\r\n")
        stage.receiver.broken = [1]
        #expect(stage.machine.ask("MIGRATE far 7 b 0 1000") == "")
        expectName(&stage.machine)
        stage.machine.turns()
        #expect(stage.machine.hear() == "+OK\r\n")
        #expect(stage.receiver.opened.count == 2 && stage.count() == ":1\r\n")
    }

    @Test func nobodyWaitsLongerThanHeSays() {
        var stage = Stage()
        #expect(stage.machine.ask("MIGRATE far 7 a 0 1000") == "")
        stage.machine.pass(milliseconds: 1100)
        #expect(stage.machine.hear() == "-IOERR error or timeout connecting to the client\r\n")
        expectName(&stage.machine)
        #expect(stage.machine.ask("PING") == "+PONG\r\n")
        #expect(stage.receiver.opened.isEmpty && stage.count() == ":3\r\n")
    }

    @Test func whoIsUnknownIsNotFound() {
        var stage = Stage()
        #expect(stage.machine.ask("MIGRATE nobody 7 a 0 1000") == "")
        expectName(&stage.machine)
        stage.machine.turns()
        #expect(stage.machine.hear() == "-IOERR error or timeout connecting to the client\r\n")
        #expect(stage.count() == ":3\r\n")
    }

    @Test func whoHasGoneMovesNothing() {
        var stage = Stage()
        let leaving = stage.machine.connect()
        #expect(stage.machine.ask("MIGRATE far 7 a 0 1000", as: leaving) == "")
        stage.machine.network.end(leaving)
        stage.machine.turns()
        expectName(&stage.machine)
        #expect(stage.receiver.opened.isEmpty && stage.count() == ":3\r\n")
    }

    /// What is one piece waits as a whole.
    @Test func aTransactionIsNotParted() {
        var stage = Stage()
        for line in ["MULTI", "SET d 1", "MIGRATE far 7 a 0 1000", "SET e 1"] { _ = stage.machine.ask(line) }
        #expect(stage.machine.ask("EXEC") == "*3\r\n+OK\r\n+OK\r\n+OK\r\n")
        #expect(stage.count() == ":4\r\n")
        let script = "\"return redis.call('migrate', 'far', '8', 'b', '0', '1000')\""
        #expect(stage.machine.ask("EVAL \(script) 0") == "+OK\r\n")
        while stage.machine.findName() {}
        #expect(stage.count() == ":3\r\n")
    }

    @Test func aPauseAndAChangeOfRoleEndIt() {
        var stage = Stage()
        #expect(stage.machine.ask("MIGRATE far 7 a 0 100000") == "")
        #expect(stage.machine.ask("CLIENT PAUSE 100 WRITE", as: stage.other) == "+OK\r\n")
        expectName(&stage.machine)
        stage.machine.turns()
        #expect(stage.machine.hear().hasPrefix("-IOERR"))
        stage.machine.pass(milliseconds: 200)
        #expect(stage.machine.ask("MIGRATE far 7 a 0 100000") == "")
        #expect(stage.machine.ask("REPLICAOF known 1", as: stage.other) == "+OK\r\n")
        #expect(stage.machine.hear().hasPrefix("-UNBLOCKED"))
        expectName(&stage.machine)
        #expect(stage.receiver.opened.isEmpty && stage.count() == ":3\r\n")
    }
}
