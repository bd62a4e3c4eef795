// CLIENT LIST and CLIENT KILL with random filters, beside a list of what clients are: who is meant, and who is gone.

import Platform
import Testing

@testable import Engine

/// A client as the model knows it.
private struct ModelClient {
    let descriptor: Int32, number: Int, host: String, address: String, created: Int64
    var name = "", library = "", database = 0, listens = false, spoke: Int64

    /// Whether a filter, whose name is in small letters, means the client.
    func isMeant(by filter: String, _ value: String, at now: Int64) -> Bool {
        switch filter {
        case "id": value.split(separator: " ").contains { Int($0) == number }
        case "type": (value == "pubsub") == listens
        case "flags": value == (listens ? "P" : "N")
        case "name": value == name
        case "lib-name": value == library
        case "db": Int(value) == database
        case "addr": value == address
        case "ip": value == host
        case "user": value == "default"
        case "maxage": now - created >= (Int64(value) ?? 0) * 1000
        default: now - spoke >= (Int64(value) ?? 0) * 1000
        }
    }
}

@Suite struct ClientFilterTests {
    private static func join(
        _ simulation: inout Simulation, _ random: inout RandomSource, _ count: Int
    ) -> ModelClient {
        let isNear = random.next() % 2 == 0, port = 40_000 + count
        let host: UInt32 = isNear ? 0x7F00_0001 : 0x7F00_0005
        let descriptor = simulation.network.connect(from: SocketAddress(version4: host, port: UInt16(port)))
        simulation.turns()
        let name = isNear ? "127.0.0.1" : "127.0.0.5", now = simulation.clock.milliseconds
        let number = Int(simulation.ask("CLIENT ID\r\n", descriptor).dropFirst().dropLast()) ?? 0
        var client = ModelClient(
            descriptor: descriptor, number: number, host: name, address: "\(name):\(port)", created: now, spoke: now)
        if random.next() % 2 == 0 { client.name = ["worker", "reader"][Int(random.next() % 2)] }
        if random.next() % 2 == 0 { client.library = ["redis-py", "ioredis"][Int(random.next() % 2)] }
        client.database = Int(random.next() % 3)
        client.listens = random.next() % 4 == 0
        var lines = ["SELECT \(client.database)"]
        if !client.name.isEmpty { lines.append("CLIENT SETNAME \(client.name)") }
        if !client.library.isEmpty { lines.append("CLIENT SETINFO LIB-NAME \(client.library)") }
        if client.listens { lines.append("SUBSCRIBE c") }
        _ = simulation.ask(lines.joined(separator: "\r\n") + "\r\n", descriptor)
        return client
    }

    private static func filters(
        _ clients: [ModelClient], _ random: inout RandomSource
    ) -> [(name: String, value: String)] {
        func choose(_ values: [String]) -> String { values.randomElement(using: &random) ?? "" }
        let known = clients.randomElement(using: &random)
        let numbers = clients.map(\.number).filter { _ in Bool.random(using: &random) } + [99_999]
        let library = known?.library ?? "", address = known?.address ?? "1.2.3.4:5", host = known?.host ?? "1.2.3.4"
        let all: [(String, String)] = [
            ("id", numbers.map(String.init).joined(separator: " ")), ("type", choose(["normal", "pubsub"])),
            ("flags", choose(["N", "P"])), ("name", choose(["worker", "reader"])),
            ("lib-name", library.isEmpty ? "other" : library), ("db", choose(["0", "1", "2"])), ("addr", address),
            ("ip", host), ("user", "default"), ("maxage", choose(["1", "2", "5"])), ("idle", choose(["1", "2", "5"])),
        ]
        return all.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)).map { name, value in
            let isNegated = !["maxage", "idle"].contains(name) && random.next() % 3 == 0
            return (isNegated ? "not-" + name : name, value)
        }
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4 ... .max)])
    func thoseAreMeantWhoAreLikeThat(_ seed: UInt64) {
        var random = RandomSource(seed: seed), simulation = Simulation(), clients: [ModelClient] = [], joined = 0
        var killed = 0
        let control = simulation.connect()
        for step in 0..<400 {
            while clients.count < 12 {
                joined += 1
                clients.append(ClientFilterTests.join(&simulation, &random, joined))
            }
            simulation.pass(milliseconds: Int64.random(in: 0...1500, using: &random))
            let speaker = Int.random(in: 0..<clients.count, using: &random)
            _ = simulation.ask("PING\r\n", clients[speaker].descriptor)
            let now = simulation.clock.milliseconds
            clients[speaker].spoke = now
            let filters = ClientFilterTests.filters(clients, &random)
            let meant = clients.filter { client in
                filters.allSatisfy { name, value in
                    let isNegated = name.hasPrefix("not-"), own = isNegated ? String(name.dropFirst(4)) : name
                    return client.isMeant(by: own, value, at: now) != isNegated
                }
            }
            let words = filters.map { "\($0.name) \($0.value)" }.joined(separator: " ")
            let message = "seed \(seed), step \(step): \(words)"
            if step % 4 > 0 {
                let heard = simulation.ask("CLIENT LIST SKIPME yes \(words)\r\n", control)
                let numbers = heard.split(whereSeparator: \.isNewline).compactMap { line in
                    line.hasPrefix("id=") ? Int(line.dropFirst(3).prefix { $0 != " " }) : nil
                }
                #expect(numbers.sorted() == meant.map(\.number).sorted(), "\(message)")
            } else {
                #expect(simulation.ask("CLIENT KILL \(words)\r\n", control) == ":\(meant.count)\r\n", "\(message)")
                for client in clients {
                    let isGone = simulation.network.isClosedByServer(client.descriptor)
                    #expect(isGone == meant.contains { $0.number == client.number }, "\(message)")
                }
                clients.removeAll { client in meant.contains { $0.number == client.number } }
                killed += meant.count
            }
        }
        #expect(killed > 20)
    }
}
