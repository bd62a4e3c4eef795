// The event loop on a network of the test's own: cut requests, slow readers, resets, limits, pauses, thousands of idle
// clients. One seed is one history.

import Platform
import Testing

@testable import Engine

/// A whole server whose clients and clock the test holds.
struct Simulation: ~Copyable {
    var loop: EventLoop
    let network = FakeNetwork()
    let clock = ManualClock()
    let host = FakeHost()

    init() {
        loop = EventLoop(server: Server(clock: clock, seed: 1, host: host), network: network)
        try? loop.listen(ListenerSettings())
        loop.turn()
    }

    mutating func connect() -> Int32 {
        let client = network.connect()
        loop.turn()
        return client
    }

    /// So many turns in which everybody is served who has something to say: more where they are too many for one.
    mutating func turns(_ count: Int = 4) {
        for _ in 0..<count { repeat { loop.turn() } while network.hasMoreToTell }
    }

    /// Says it and returns what is answered within a few turns.
    mutating func ask(_ text: String, _ client: Int32) -> String {
        network.say(text.utf8, on: client)
        turns()
        return hear(client)
    }

    func hear(_ client: Int32) -> String { String(decoding: network.hear(on: client), as: UTF8.self) }

    mutating func pass(milliseconds: Int64) {
        clock.milliseconds += milliseconds
        turns()
    }

    var clientCount: Int { loop.server.context.clients.count }
}

@Suite struct EventLoopTests {
    @Test func repliesLeaveInOneWriteForEachTurn() {
        var simulation = Simulation()
        simulation.loop.server.longestService = .max
        let client = simulation.connect()
        let writes = simulation.network.writes
        let reply = simulation.ask(String(repeating: "PING\r\n", count: 100), client)
        #expect(reply == String(repeating: "+PONG\r\n", count: 100))
        #expect(simulation.network.writes == writes + 1)
    }

    @Test func whoTakesLongLetsOthersGoFirst() {
        var simulation = Simulation()
        simulation.loop.server.longestService = 0
        let slow = simulation.connect(), quick = simulation.connect()
        simulation.network.say(String(repeating: "PING\r\n", count: 100).utf8, on: slow)
        simulation.network.say("PING\r\n".utf8, on: quick)
        simulation.loop.turn()
        #expect(simulation.hear(quick) == "+PONG\r\n")
        var heard = simulation.hear(slow)
        #expect(heard == String(repeating: "+PONG\r\n", count: 32))
        simulation.turns()
        heard += simulation.hear(slow)
        #expect(heard == String(repeating: "+PONG\r\n", count: 100))
    }

    @Test func anIdleServerWaits() {
        var simulation = Simulation()
        let client = simulation.connect()
        _ = simulation.ask("PING\r\n", client)
        simulation.turns(3)
        #expect(simulation.network.lastWait > 0)
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4 ... .max)])
    func randomTrafficIsAnsweredInOrder(_ seed: UInt64) {
        var random = RandomSource(seed: seed), simulation = Simulation()
        var clients: [(line: Int32, unsaid: [UInt8], expected: String, heard: String)] = []
        for number in 0..<20 {
            var said = "", expected = ""
            for step in 0..<200 {
                let size = [3, 30, 3000, 70_000][
                    Int(random.next() % 100) < 97 ? Int(random.next() % 2) : Int(random.next() % 4)]
                let word = "\(number)-\(step)-" + String(repeating: "x", count: size)
                said += "*2\r\n$4\r\nECHO\r\n$\(word.utf8.count)\r\n\(word)\r\n"
                expected += "$\(word.utf8.count)\r\n\(word)\r\n"
            }
            let line = simulation.connect()
            simulation.network.setWindow(Int(random.next() % 5000) + 1, on: line)
            clients.append((line, Array(said.utf8), expected, ""))
        }
        var rounds = 0
        while clients.contains(where: { $0.heard.utf8.count < $0.expected.utf8.count }), rounds < 200_000 {
            rounds += 1
            let index = Int(random.next() % 20)
            let size = min(clients[index].unsaid.count, Int(random.next() % 20_000))
            simulation.network.say(clients[index].unsaid.prefix(size), on: clients[index].line)
            clients[index].unsaid.removeFirst(size)
            simulation.loop.turn()
            if clients[index].unsaid.isEmpty { simulation.network.setWindow(.max, on: clients[index].line) }
            clients[index].heard += simulation.hear(clients[index].line)
        }
        for client in clients { #expect(client.heard == client.expected, "seed \(seed)") }
    }

    @Test func anEndlessPipelineDoesNotStarveOthers() {
        var simulation = Simulation()
        let greedy = simulation.connect(), modest = simulation.connect()
        let value = String(repeating: "v", count: 300_000)
        _ = simulation.ask("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$300000\r\n\(value)\r\n", greedy)
        simulation.network.say(String(repeating: "GET a\r\n", count: 40).utf8, on: greedy)
        simulation.network.say("PING\r\n".utf8, on: modest)
        simulation.turns(3)
        #expect(simulation.hear(modest) == "+PONG\r\n")
        simulation.turns(40)
        #expect(simulation.network.hear(on: greedy).count == 40 * (300_000 + 11))
    }

    @Test func aSlowReaderIsCutAtItsLimit() {
        var simulation = Simulation()
        let admin = simulation.connect(), slow = simulation.connect()
        let value = String(repeating: "v", count: 50_000)
        _ = simulation.ask("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$50000\r\n\(value)\r\n", admin)
        _ = simulation.ask("CONFIG SET client-output-buffer-limit \"normal 1000000 0 0\"\r\n", admin)
        simulation.network.setWindow(1000, on: slow)
        simulation.network.say(String(repeating: "GET a\r\n", count: 10).utf8, on: slow)
        simulation.turns()
        #expect(!simulation.network.isClosedByServer(slow))
        simulation.network.say(String(repeating: "GET a\r\n", count: 1000).utf8, on: slow)
        simulation.turns(100)
        #expect(simulation.network.isClosedByServer(slow))
        #expect(simulation.clientCount == 1)
    }

    @Test func theSoftLimitCutsAfterItsTime() {
        var simulation = Simulation()
        let admin = simulation.connect(), slow = simulation.connect()
        _ = simulation.ask("CONFIG SET client-output-buffer-limit \"pubsub 0 100000 5\"\r\n", admin)
        _ = simulation.ask("SUBSCRIBE news\r\n", slow)
        simulation.network.setWindow(0, on: slow)
        let message = String(repeating: "m", count: 10_000)
        for _ in 0..<20 { _ = simulation.ask("PUBLISH news \(message)\r\n", admin) }
        simulation.pass(milliseconds: 3000)
        #expect(!simulation.network.isClosedByServer(slow))
        for _ in 0..<30 { simulation.pass(milliseconds: 200) }
        #expect(simulation.network.isClosedByServer(slow))
    }

    @Test func idleClientsAreClosedWhenTheirTimeIsOver() {
        var simulation = Simulation()
        let admin = simulation.connect(), idle = simulation.connect(), listening = simulation.connect()
        _ = simulation.ask("CONFIG SET timeout 10\r\n", admin)
        _ = simulation.ask("SUBSCRIBE news\r\n", listening)
        for _ in 0..<30 {
            simulation.pass(milliseconds: 500)
            _ = simulation.ask("PING\r\n", admin)
        }
        #expect(simulation.network.isClosedByServer(idle))
        #expect(!simulation.network.isClosedByServer(listening))
        #expect(!simulation.network.isClosedByServer(admin))
    }

    @Test func aPauseMakesOthersWaitAndNobodySpins() {
        var simulation = Simulation()
        let admin = simulation.connect(), writer = simulation.connect(), reader = simulation.connect()
        #expect(simulation.ask("CLIENT PAUSE 1000 WRITE\r\n", admin) == "+OK\r\n")
        #expect(simulation.ask("GET a\r\nSET a 1\r\nGET a\r\n", writer) == "$-1\r\n")
        #expect(simulation.ask("GET a\r\n", reader) == "$-1\r\n")
        #expect(simulation.network.lastWait > 0)
        simulation.pass(milliseconds: 500)
        #expect(simulation.hear(writer) == "")
        simulation.pass(milliseconds: 600)
        #expect(simulation.hear(writer) == "+OK\r\n$1\r\n1\r\n")
        #expect(simulation.ask("CLIENT PAUSE 100000\r\n", admin) == "+OK\r\n")
        #expect(simulation.ask("GET a\r\n", reader) == "")
        simulation.network.reset(reader)
        simulation.turns()
        #expect(simulation.clientCount == 2)
        #expect(simulation.ask("CLIENT UNPAUSE\r\n", admin) == "")
        simulation.pass(milliseconds: 100_001)
        #expect(simulation.hear(admin) == "+OK\r\n")
    }

    @Test func aTransactionThatWritesWaitsAsAWhole() {
        var simulation = Simulation()
        let admin = simulation.connect(), other = simulation.connect()
        #expect(simulation.ask("MULTI\r\nSET a 1\r\n", other) == "+OK\r\n+QUEUED\r\n")
        #expect(simulation.ask("CLIENT PAUSE 1000 WRITE\r\n", admin) == "+OK\r\n")
        #expect(simulation.ask("EXEC\r\nPING\r\n", other) == "")
        #expect(simulation.ask("CLIENT UNPAUSE\r\n", admin) == "+OK\r\n")
        #expect(simulation.hear(other) == "*1\r\n+OK\r\n+PONG\r\n")
    }

    @Test func theEndOfAConnectionIsNoticed() {
        var simulation = Simulation()
        let polite = simulation.connect(), rude = simulation.connect(), cut = simulation.connect()
        simulation.network.say("PING\r\n".utf8, on: polite)
        simulation.network.end(polite)
        simulation.network.reset(rude)
        simulation.network.say("*2\r\n$3\r\nGET\r\n$100\r\nabc".utf8, on: cut)
        simulation.network.end(cut)
        simulation.turns()
        #expect(simulation.hear(polite) == "+PONG\r\n")
        #expect(simulation.clientCount == 0)
        #expect(simulation.network.openCount == 0)
    }

    @Test func tooManyClientsAreToldSo() {
        var simulation = Simulation()
        let first = simulation.connect()
        _ = simulation.ask("CONFIG SET maxclients 2\r\n", first)
        let second = simulation.connect(), third = simulation.connect()
        #expect(simulation.hear(third) == "-ERR max number of clients reached\r\n")
        #expect(simulation.network.isClosedByServer(third))
        simulation.network.end(second)
        simulation.turns()
        let fourth = simulation.connect()
        #expect(simulation.ask("PING\r\n", fourth) == "+PONG\r\n")
    }

    @Test func strangersStayOutWithoutAPassword() {
        var simulation = Simulation()
        let admin = simulation.connect()
        let stranger = simulation.network.connect(from: SocketAddress(version4: 0x0A00_0001, port: 4000))
        simulation.turns()
        #expect(simulation.hear(stranger).hasPrefix("-DENIED Redis is running in protected mode"))
        _ = simulation.ask("CONFIG SET protected-mode no\r\n", admin)
        let guest = simulation.network.connect(from: SocketAddress(version4: 0x0A00_0001, port: 4001))
        simulation.turns()
        #expect(simulation.ask("PING\r\n", guest) == "+PONG\r\n")
    }

    @Test func aFailedLoginBehindAnotherCommandIsAnswered() {
        var simulation = Simulation()
        let admin = simulation.connect()
        _ = simulation.ask("CONFIG SET requirepass secret\r\n", admin)
        let client = simulation.connect()
        let replies = simulation.ask("PING\r\nAUTH wrong\r\nAUTH secret\r\nPING\r\n", client)
        #expect(
            replies == "-NOAUTH Authentication required.\r\n"
                + "-WRONGPASS invalid username-password pair or user is disabled.\r\n+OK\r\n+PONG\r\n")
    }

    @Test func unreadRepliesBeforeALoginAreFew() {
        var simulation = Simulation()
        let admin = simulation.connect()
        _ = simulation.ask("CONFIG SET requirepass secret\r\n", admin)
        let client = simulation.connect()
        simulation.network.setWindow(100, on: client)
        for _ in 0..<100 { simulation.network.say("GET a\r\n".utf8, on: client) }
        simulation.turns()
        #expect(simulation.network.isClosedByServer(client))
    }

    @Test func fiveThousandIdleClientsOweNothing() {
        var simulation = Simulation()
        let clients = (0..<5000).map { _ in simulation.network.connect() }
        simulation.turns(8)
        #expect(simulation.clientCount == 5000)
        for client in clients { simulation.network.say("PING\r\n".utf8, on: client) }
        simulation.turns()
        for client in clients { #expect(simulation.hear(client) == "+PONG\r\n") }
        for client in clients {
            let identifier = ClientIdentifier(client)
            #expect(simulation.loop.server.context.clients[identifier].input.buffer.capacity == 0)
            #expect(simulation.loop.server.context.clients[identifier].output.memoryUsed == 0)
        }
        for client in clients { simulation.network.end(client) }
        simulation.turns(8)
        #expect(simulation.clientCount == 0)
        #expect(simulation.network.openCount == 0)
    }

    @Test func aLargeValueNeedsNoMoreRoomThanHasArrived() {
        var simulation = Simulation()
        let client = simulation.connect(), identifier = ClientIdentifier(client)
        _ = simulation.ask("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$500000000\r\n", client)
        #expect(simulation.loop.server.context.clients[identifier].input.buffer.capacity <= 64 << 10)
        let piece = [UInt8](repeating: 120, count: 50_000)
        for _ in 0..<20 {
            simulation.network.say(piece, on: client)
            simulation.turns()
        }
        #expect(simulation.loop.server.context.clients[identifier].input.buffer.capacity <= 4 << 20)
        #expect(simulation.network.unread(on: client) == 0)
    }

    @Test func aRequestWithoutEndIsCut() {
        var simulation = Simulation()
        let admin = simulation.connect(), endless = simulation.connect()
        _ = simulation.ask("CONFIG SET client-query-buffer-limit 1mb\r\n", admin)
        simulation.network.say("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$500000000\r\n".utf8, on: endless)
        let piece = [UInt8](repeating: 120, count: 50_000)
        for _ in 0..<30 {
            simulation.network.say(piece, on: endless)
            simulation.turns()
        }
        #expect(simulation.network.isClosedByServer(endless))
    }

    /// A request that comes in pieces is held to the limits of who sends it, not of who was read meanwhile.
    @Test func theRestOfARequestHasTheLimitsOfItsBeginning() {
        var simulation = Simulation()
        let known = simulation.connect()
        #expect(simulation.ask("CONFIG SET requirepass secret\r\n", known) == "+OK\r\n")
        let unknown = simulation.connect()
        let pair = "$1\r\nk\r\n$1\r\nv\r\n", long = String(repeating: "x", count: 20_000)
        simulation.network.say(
            "*83\r\n$4\r\nMSET\r\n\(String(repeating: pair, count: 40))$1\r\nl\r\n".utf8, on: known)
        simulation.turns()
        #expect(simulation.ask("PING\r\n", unknown) == "-NOAUTH Authentication required.\r\n")
        #expect(simulation.ask("$20000\r\n\(long)\r\n", known) == "+OK\r\n")
        // The other way round it is refused.
        simulation.network.say("*10\r\n$4\r\nPING\r\n".utf8, on: unknown)
        simulation.turns()
        #expect(simulation.ask("PING\r\n", known) == "+PONG\r\n")
        let refusal = "-ERR Protocol error: unauthenticated bulk length\r\n"
        #expect(simulation.ask("$20000\r\n", unknown) == refusal)
    }

    @Test func theClockMayJump() {
        var simulation = Simulation()
        let client = simulation.connect()
        simulation.pass(milliseconds: -3_600_000)
        #expect(simulation.ask("PING\r\n", client) == "+PONG\r\n")
        #expect(simulation.network.lastWait <= 1000)
        simulation.pass(milliseconds: 3_600_000)
        #expect(simulation.ask("PING\r\n", client) == "+PONG\r\n")
    }

    @Test func aLongValueIsSentFromWhereItLies() {
        var simulation = Simulation()
        let client = simulation.connect(), slow = simulation.connect()
        let value = String(repeating: "abcdefgh", count: 50_000)
        let bulk = "$400000\r\n\(value)\r\n"
        let before = simulation.loop.server.context.keyspace.memoryUsed
        _ = simulation.ask("*3\r\n$3\r\nSET\r\n$1\r\na\r\n\(bulk)", client)
        simulation.network.setWindow(1000, on: slow)
        simulation.network.say("PING\r\nGET a\r\nMGET b a\r\nPING\r\n".utf8, on: slow)
        simulation.turns()
        #expect(simulation.ask("APPEND a x\r\nDEL a\r\nGET a\r\n", client) == ":400001\r\n:1\r\n$-1\r\n")
        simulation.network.setWindow(.max, on: slow)
        simulation.turns()
        #expect(simulation.hear(slow) == "+PONG\r\n\(bulk)*2\r\n$-1\r\n\(bulk)+PONG\r\n")
        #expect(simulation.loop.server.context.keyspace.memoryUsed <= before + 4096)
        _ = simulation.ask("*3\r\n$3\r\nSET\r\n$1\r\na\r\n\(bulk)", client)
        simulation.network.setWindow(0, on: slow)
        simulation.network.say("MULTI\r\nGET a\r\nGET a\r\nEXEC\r\nCLIENT REPLY OFF\r\nGET a\r\n".utf8, on: slow)
        simulation.turns()
        simulation.network.reset(slow)
        _ = simulation.ask("DEL a\r\n", client)
        #expect(simulation.loop.server.context.keyspace.memoryUsed <= before + 4096)
    }
}
