// Ten thousand clients that wait: nothing is done for them until something happens, and then those are served who came
// first.

import Platform
import Testing

@testable import Engine

@Suite struct BlockedClientTests {
    private static let count = 10_000, lists = 100

    /// Clients that wait for one of a hundred lists, every other one for a limited time.
    private static func waiting(in simulation: inout Simulation) -> [Int32] {
        simulation.loop.server.context.clients.limits.mostClients = count + 10
        let clients = (0..<count).map { _ in simulation.network.connect() }
        simulation.turns(count / 1000 + 2)
        for (number, client) in clients.enumerated() {
            let timeout = number % 2 == 0 ? "0" : "\(10 + number % 3)"
            simulation.network.say("BLPOP list:\(number % lists) \(timeout)\r\n".utf8, on: client)
        }
        simulation.turns(8)
        return clients
    }

    @Test func theyCostNothingWhileNothingHappens() {
        var simulation = Simulation()
        let clients = BlockedClientTests.waiting(in: &simulation)
        #expect(simulation.loop.server.context.blocked.count == clients.count)
        let (reads, writes) = (simulation.network.reads, simulation.network.writes)
        for _ in 0..<20 {
            simulation.pass(milliseconds: 100)
            #expect(simulation.network.lastWait > 0)
        }
        #expect(simulation.network.reads == reads && simulation.network.writes == writes)
        for client in clients {
            let identifier = ClientIdentifier(client)
            #expect(simulation.loop.server.context.clients[identifier].input.buffer.capacity == 0)
            #expect(simulation.loop.server.context.clients[identifier].output.memoryUsed == 0)
        }
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3 ... .max)])
    func queuesKeepTheirOrderWhoeverLeaves(_ seed: UInt64) {
        var random = RandomSource(seed: seed), queue = WaitingQueue(), model: [UInt64] = [], next: UInt64 = 1
        for _ in 0..<5000 {
            if random.next() % 5 < 3 {
                queue.append(WaitingPlace(client: ClientIdentifier(next), ticket: next))
                model.append(next)
                next += 1
            } else if !model.isEmpty {
                // Mostly the first, as those who are served.
                let index = random.next() % 2 == 0 ? 0 : Int(random.next() % UInt64(model.count))
                queue.remove(model.remove(at: index))
                queue.remove(next)
            }
            let ticket = random.next() % (next + 1)
            #expect(queue.next(after: ticket)?.ticket == model.first { $0 > ticket }, "seed \(seed)")
            #expect(queue.next(after: 0)?.ticket == model.first && queue.count == model.count)
        }
    }

    @Test func theFirstToComeAreServedAndTheOthersGiveUpInTime() {
        var simulation = Simulation()
        let clients = BlockedClientTests.waiting(in: &simulation), pusher = simulation.connect()
        for list in 0..<BlockedClientTests.lists {
            simulation.network.say("RPUSH list:\(list) a b c\r\n".utf8, on: pusher)
        }
        simulation.turns(40)
        for (number, client) in clients.enumerated() {
            let place = number / BlockedClientTests.lists, list = "list:\(number % BlockedClientTests.lists)"
            let served = "*2\r\n$\(list.utf8.count)\r\n\(list)\r\n$1\r\n"
            let heard = simulation.hear(client)
            #expect(heard == (place < 3 ? served + ["a", "b", "c"][place] + "\r\n" : ""))
        }
        #expect(simulation.loop.server.context.blocked.count == clients.count - 300)
        simulation.pass(milliseconds: 9_900)
        #expect(simulation.loop.server.context.blocked.count == clients.count - 300)
        for _ in 0..<24 { simulation.pass(milliseconds: 100) }
        simulation.turns(320)
        for (number, client) in clients.enumerated() where number >= 300 {
            #expect(simulation.hear(client) == (number % 2 == 0 ? "" : "*-1\r\n"))
        }
        for client in clients { simulation.network.end(client) }
        simulation.turns(8)
        #expect(simulation.loop.server.context.blocked.count == 0)
        #expect(simulation.loop.server.context.blocked.keyCount == 0)
        #expect(simulation.loop.server.context.keyspace.feed.waitedKeys.isEmpty)
    }
}
