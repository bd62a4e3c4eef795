// `maxmemory-clients` on the fake network: who goes, who stays, and that what is counted is what there is.

import Testing

@testable import Engine

@Suite struct ClientMemoryTests {
    private func counted(_ simulation: borrowing Simulation) -> Int {
        simulation.loop.server.context.clients.memory.total
    }

    private func occupied(_ simulation: borrowing Simulation) -> Int {
        let context = simulation.loop.server.context.clients.identifiers
        return context.reduce(0) { $0 + simulation.loop.server.context.memoryUsed(by: $1) }
    }

    private func start(of size: Int) -> String {
        "*2\r\n$3\r\nGET\r\n$\(size)\r\n" + String(repeating: "x", count: size - 1)
    }

    @Test func theLargestGoesFirst() {
        var simulation = Simulation()
        let sizes = [40_000, 300_000, 80_000, 600_000, 20_000]
        let control = simulation.connect()
        let clients = sizes.map { _ in simulation.connect() }
        for (client, size) in zip(clients, sizes) { _ = simulation.ask(start(of: size), client) }
        _ = simulation.ask("CONFIG SET maxmemory-clients 300000\r\n", control)
        let closed = clients.map { simulation.network.isClosedByServer($0) }
        #expect(closed == [false, true, false, true, false])
        #expect(simulation.ask("INFO stats\r\n", control).contains("evicted_clients:2\r\n"))
        #expect(counted(simulation) == occupied(simulation))
    }

    @Test func whoIsKeptStays() {
        var simulation = Simulation()
        let (control, kept, other) = (simulation.connect(), simulation.connect(), simulation.connect())
        _ = simulation.ask("CONFIG SET maxmemory-clients 500000\r\n", control)
        _ = simulation.ask("CLIENT NO-EVICT ON\r\n", kept)
        _ = simulation.ask(start(of: 1_000_000), kept)
        _ = simulation.ask(start(of: 50_000), other)
        simulation.turns()
        #expect(!simulation.network.isClosedByServer(kept))
        // Nothing else helps, so that all others go.
        #expect(simulation.network.isClosedByServer(other))
        #expect(simulation.network.isClosedByServer(control))
    }

    @Test func aShareOfTheMemoryIsALimitOnlyIfMemoryHasOne() {
        var simulation = Simulation()
        let (control, client) = (simulation.connect(), simulation.connect())
        _ = simulation.ask("CONFIG SET maxmemory-clients 5%\r\n", control)
        _ = simulation.ask(start(of: 900_000), client)
        #expect(!simulation.network.isClosedByServer(client))
        _ = simulation.ask("CONFIG SET maxmemory 10mb\r\n", control)
        #expect(simulation.network.isClosedByServer(client))
        _ = simulation.ask("CONFIG SET maxmemory 0\r\n", control)
        #expect(simulation.loop.server.context.clients.memory.limit == nil)
    }

    /// What a client leaves that has not read for long is not given back in one turn, and counts until it is.
    @Test func muchOutputIsGivenBackInSteps() {
        var simulation = Simulation()
        let (control, client) = (simulation.connect(), simulation.connect())
        _ = simulation.ask("CONFIG SET client-output-buffer-limit \"normal 0 0 0\"\r\n", control)
        _ = simulation.ask("SETRANGE k 1999 x\r\n", control)
        simulation.network.setWindow(0, on: client)
        let size = 20 << 20
        for _ in 0..<size / 2000 / 100 {
            simulation.network.say(String(repeating: "GET k\r\n", count: 100).utf8, on: client)
            simulation.turns(2)
        }
        #expect(simulation.loop.server.context.clients[Int(client)].output.count > size - 1_000_000)
        simulation.network.reset(client)
        simulation.turns(1)
        var left = simulation.loop.server.context.clients.leftOutput.count, turns = 1
        #expect(left > 0)
        while left > 0, turns < 100 {
            let used = simulation.loop.server.context.memoryParts.used
            simulation.turns(1)
            let now = simulation.loop.server.context.clients.leftOutput.count
            #expect(left - now <= 4 << 20 && simulation.loop.server.context.memoryParts.used < used)
            (left, turns) = (now, turns + 1)
        }
        #expect(left == 0 && turns >= 5)
        #expect(simulation.loop.server.context.memoryParts.leftOutput == 0)
    }

    /// What is held against `maxmemory`, and the parts of it that there are.
    private func held(_ simulation: borrowing Simulation) -> (total: Int, data: Int, clients: Int, channels: Int) {
        let total = simulation.loop.server.context.memoryForLimit
        let data = simulation.loop.server.context.keyspace.memoryUsed
        let start = simulation.loop.server.context.observation.startupMemory
        let usage = simulation.loop.server.context.memoryParts.usage
        return (total - start - usage, data, occupied(simulation), simulation.loop.server.context.channels.memoryUsed)
    }

    @Test func buffersCountTowardsTheLimitOfMemory() {
        var simulation = Simulation()
        let (control, client, listener) = (simulation.connect(), simulation.connect(), simulation.connect())
        _ = simulation.ask("CONFIG SET maxmemory 10mb\r\nSETRANGE k 100000 x\r\n", control)
        _ = simulation.ask("SUBSCRIBE a b c\r\n", listener)
        var parts = held(simulation)
        #expect(parts.total == parts.data + parts.clients + parts.channels)
        let before = parts.total
        _ = simulation.ask(start(of: 900_000), client)
        parts = held(simulation)
        #expect(parts.total == parts.data + parts.clients + parts.channels)
        // What was announced and has come.
        #expect(parts.total > before + 900_000)
        simulation.network.reset(client)
        simulation.turns()
        parts = held(simulation)
        #expect(parts.total == parts.data + parts.clients + parts.channels)
        #expect(parts.total < before + 10_000)
    }

    @Test func buffersWithALimitOfTheirOwnDoNot() {
        var simulation = Simulation()
        let (control, client) = (simulation.connect(), simulation.connect())
        _ = simulation.ask("CONFIG SET maxmemory 1mb\r\nSET a b\r\n", control)
        _ = simulation.ask(start(of: 2_000_000), client)
        #expect(simulation.ask("SET a b\r\n", control).hasPrefix("-OOM"))
        _ = simulation.ask("CONFIG SET maxmemory-clients 10mb\r\n", control)
        #expect(simulation.ask("SET a b\r\n", control) == "+OK\r\n")
        _ = simulation.ask("CONFIG SET maxmemory-clients 0\r\n", control)
        #expect(simulation.ask("SET a b\r\n", control).hasPrefix("-OOM"))
    }

    @Test func whatIsAnnouncedEvictsNobodysKeys() {
        var simulation = Simulation()
        let (control, client) = (simulation.connect(), simulation.connect())
        _ = simulation.ask("CONFIG SET maxmemory 10mb\r\nSET a b\r\n", control)
        let before = held(simulation).total
        _ = simulation.ask("*2\r\n$3\r\nGET\r\n$500000000\r\nx", client)
        #expect(held(simulation).total < before + 200_000)
        // A limit of clients takes it at its word.
        _ = simulation.ask("CONFIG SET maxmemory-clients 100mb\r\n", control)
        #expect(simulation.network.isClosedByServer(client))
    }

    @Test func theBucketsCanBeSeen() {
        var simulation = Simulation()
        let control = simulation.connect(), client = simulation.connect()
        simulation.loop.server.context.settings.debugCommand = .yes
        #expect(simulation.ask("DEBUG CLIENT-EVICTION\r\n", control) == "-ERR maxmemory-clients is disabled.\r\n")
        _ = simulation.ask("CONFIG SET maxmemory-clients 100mb\r\n", control)
        _ = simulation.ask(start(of: 500_000), client)
        let report = simulation.ask("DEBUG CLIENT-EVICTION\r\n", control)
        #expect(report.contains("bucket          0 -       2047: tot-mem: "))
        #expect(report.contains("clients: 1\n") && report.contains("bucket     262144 -     524287: tot-mem: "))
    }

    /// INFO's `used_memory` beyond what `maxmemory` holds against is named in INFO.
    @Test func whatIsUsedIsWhatIsHeldAndWhatIsNamed() {
        var simulation = Simulation()
        let (control, client) = (simulation.connect(), simulation.connect())
        _ = simulation.ask("CONFIG SET maxmemory 100mb\r\nSETRANGE k 100000 x\r\n", control)
        _ = simulation.ask(start(of: 900_000), client)
        let facts = simulation.loop.server.context.infoFacts().memory
        let held = simulation.loop.server.context.memoryForLimit
        #expect(facts.used - facts.parts.notHeld == held)
    }

    @Test func whoDoesNotReadGoes() {
        var simulation = Simulation()
        let (control, reader) = (simulation.connect(), simulation.connect())
        _ = simulation.ask("CONFIG SET maxmemory-clients 1mb\r\nSETRANGE k 200000 x\r\n", control)
        simulation.network.setWindow(1000, on: reader)
        for _ in 0..<10 {
            simulation.network.say("GET k\r\n".utf8, on: reader)
            simulation.turns()
        }
        #expect(simulation.network.isClosedByServer(reader))
        #expect(!simulation.network.isClosedByServer(control))
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3 ... .max)])
    func whatIsCountedIsWhatThereIs(_ seed: UInt64) {
        var random = RandomSource(seed: seed), simulation = Simulation()
        let control = simulation.connect()
        _ = simulation.ask("CONFIG SET maxmemory-clients 50mb\r\nSETRANGE k 20000 x\r\n", control)
        var clients: [Int32] = []
        for _ in 0..<400 {
            let choice = random.next() % 8
            if clients.count < 3 || choice == 0 { clients.append(simulation.connect()) }
            let client = clients[Int(random.next() % UInt64(clients.count))]
            switch choice {
            case 1: _ = simulation.ask(start(of: Int(random.next() % 100_000) + 40), client)
            case 2: simulation.network.say(String(repeating: "x", count: 5000).utf8, on: client)
            case 3: _ = simulation.ask("MULTI\r\nSET a \(String(repeating: "v", count: 2000))\r\nGET a\r\n", client)
            case 4: _ = simulation.ask("SUBSCRIBE a b c d\r\n", client)
            case 5:
                simulation.network.setWindow(100, on: client)
                _ = simulation.ask("GET k\r\n", client)
            case 6:
                simulation.network.reset(client)
                clients.removeAll { $0 == client }
            default: _ = simulation.ask("WATCH a b\r\nGET a\r\nCLIENT TRACKING ON BCAST PREFIX p\r\n", client)
            }
            simulation.turns()
            let (total, sum) = (counted(simulation), occupied(simulation))
            let claimed = simulation.loop.server.context.clients.identifiers.reduce(0) {
                $0 + simulation.loop.server.context.clients[$1].input.memoryClaimed
            }
            #expect(total == sum + claimed)
            clients.removeAll { simulation.network.isClosedByServer($0) }
        }
    }
}
