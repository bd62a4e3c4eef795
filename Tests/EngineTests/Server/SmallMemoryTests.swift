// What happens where clients and what was removed fill the memory: it stays within bounds, and nobody is refused what
// there will be room for.

import Platform
import Testing

@testable import Engine

@Suite struct SmallMemoryTests {
    private static let mebibyte = 1 << 20

    @Test func whoDoesNotReadIsNotReadWhileClientsFillTheMemory() {
        var simulation = Simulation()
        let client = simulation.connect()
        _ = simulation.ask("CONFIG SET maxmemory 4mb\r\n", client)
        let value = String(repeating: "x", count: 10_000)
        _ = simulation.ask("SET shown \(value)\r\n", client)
        let readers = (0..<40).map { _ in simulation.connect() }
        for reader in readers {
            simulation.network.setWindow(1000, on: reader)
            simulation.network.say(String(repeating: "GET shown\r\n", count: 50).utf8, on: reader)
        }
        simulation.turns(100)
        let total = simulation.loop.server.context.clients.memory.total
        #expect(total < 4 * SmallMemoryTests.mebibyte && total > 2 * SmallMemoryTests.mebibyte)
        // Nothing is left to do before they read, and others are served.
        #expect(simulation.network.lastWait > 0)
        #expect(simulation.ask("GET shown\r\n", client) == "$10000\r\n\(value)\r\n")
        for reader in readers.dropFirst(3) { simulation.network.setWindow(.max, on: reader) }
        var heard: [Int32: String] = [:]
        for _ in 0..<100 {
            simulation.turns(1)
            for reader in readers.dropFirst(3) { heard[reader, default: ""] += simulation.hear(reader) }
        }
        let whole = String(repeating: "$10000\r\n\(value)\r\n", count: 50)
        for reader in readers.dropFirst(3) { #expect(heard[reader] == whole) }
        for reader in readers.prefix(3) { simulation.network.reset(reader) }
        simulation.turns(10)
        #expect(simulation.clientCount == 38)
    }

    @Test func theLargestGoWhereClientsWouldBurstTheProcess() {
        var simulation = Simulation()
        let client = simulation.connect()
        _ = simulation.ask("CONFIG SET maxmemory 32mb\r\n", client)
        let subscribers = (0..<20).map { _ in simulation.connect() }
        for subscriber in subscribers {
            _ = simulation.ask("SUBSCRIBE news\r\n", subscriber)
            simulation.network.setWindow(0, on: subscriber)
        }
        let message = String(repeating: "x", count: 100_000)
        for _ in 0..<50 {
            _ = simulation.ask("PUBLISH news \(message)\r\n", client)
            let total = simulation.loop.server.context.clients.memory.total
            #expect(total <= 58 * SmallMemoryTests.mebibyte)
        }
        #expect(simulation.clientCount < 21 && simulation.clientCount > 5)
    }

    @Test func nothingIsRefusedThatThereWillBeRoomFor() {
        var simulation = Simulation()
        let client = simulation.connect()
        _ = simulation.ask("CONFIG SET maxmemory 8mb\r\n", client)
        simulation.loop.server.context.keyspace.makeLarge(.hash, 120_000)
        let full = simulation.loop.server.context.keyspace.memoryUsed
        #expect(full > 4 * SmallMemoryTests.mebibyte)
        var said = "UNLINK large\r\n"
        for number in 0..<9000 { said += "SET key:\(number) \(String(repeating: "x", count: 500))\r\n" }
        simulation.network.say(said.utf8, on: client)
        var answers = 0, largest = 0
        for _ in 0..<2000 where answers < 9001 {
            simulation.turns(1)
            let heard = simulation.hear(client)
            #expect(!heard.contains("OOM"))
            answers += heard.utf8.count { $0 == 10 }
            largest = max(largest, simulation.loop.server.context.keyspace.heap.used)
        }
        #expect(answers == 9001 && largest < 10 * SmallMemoryTests.mebibyte)
    }
}
