// Client-side caching on the fake network: the bound of the table, clients that are gone, and what nobody pays for.

import Testing

@testable import Engine

@Suite struct ClientTrackingTests {
    private func tracked(_ simulation: borrowing Simulation) -> (keys: Int, readers: Int) {
        let keys = simulation.loop.server.context.keyspace.feed.trackedKeys
        return (keys.keyCount, keys.readerCount)
    }

    private func interests(_ simulation: borrowing Simulation) -> KeyInterests {
        simulation.loop.server.context.keyspace.feed.interests
    }

    @Test func theTableKeepsItsBound() {
        var simulation = Simulation()
        let (reader, other) = (simulation.connect(), simulation.connect())
        _ = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON\r\nCONFIG SET tracking-table-max-keys 10\r\n", reader)
        var told = 0
        for number in 0..<100 {
            let heard = simulation.ask("GET key\(number)\r\n", reader)
            told += heard.split(separator: "invalidate").count - 1
        }
        #expect(tracked(simulation).keys == 10)
        #expect(told == 90)
        // All at once: it is reduced in steps.
        let many = (0..<1000).map { " many\($0)" }.joined()
        _ = simulation.ask("MGET\(many)\r\n", reader)
        simulation.turns(20)
        #expect(tracked(simulation).keys == 10)
        _ = simulation.ask("FLUSHALL\r\n", other)
        #expect(tracked(simulation) == (0, 0))
    }

    @Test func whoIsGoneIsForgotten() {
        var simulation = Simulation()
        let (reader, writer) = (simulation.connect(), simulation.connect())
        _ = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON\r\nGET a\r\n", reader)
        #expect(tracked(simulation) == (1, 1))
        #expect(interests(simulation).contains(.caches))
        simulation.network.reset(reader)
        simulation.turns()
        #expect(simulation.loop.server.context.tracking.count == 0)
        #expect(tracked(simulation) == (0, 0))
        #expect(!interests(simulation).contains(.caches))
        #expect(simulation.ask("SET a 1\r\n", writer) == "+OK\r\n")
    }

    @Test func anotherClientOnTheSameSocketHearsNothing() {
        var simulation = Simulation()
        let (first, second, writer) = (simulation.connect(), simulation.connect(), simulation.connect())
        for reader in [first, second] { _ = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON\r\nGET a\r\n", reader) }
        simulation.network.reset(first)
        simulation.turns()
        #expect(tracked(simulation) == (1, 2))
        let newcomer = simulation.connect()
        _ = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON\r\n", newcomer)
        _ = simulation.ask("SET a 1\r\n", writer)
        #expect(simulation.hear(newcomer) == "")
        #expect(simulation.hear(second) == ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n")
    }

    @Test func aRedirectionToAClientThatIsGoneIsToldOnEachChange() {
        var simulation = Simulation()
        let (receiver, reader, writer) = (simulation.connect(), simulation.connect(), simulation.connect())
        _ = simulation.ask("SUBSCRIBE __redis__:invalidate\r\n", receiver)
        let answer = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON REDIRECT 1\r\nMGET a b c\r\n", reader)
        #expect(answer.hasSuffix("+OK\r\n*3\r\n_\r\n_\r\n_\r\n"))
        _ = simulation.ask("SET a 1\r\n", writer)
        #expect(simulation.hear(receiver) == "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$1\r\na\r\n")
        simulation.network.reset(receiver)
        simulation.turns()
        _ = simulation.ask("SET b 1\r\n", writer)
        #expect(simulation.hear(reader) == ">2\r\n$21\r\ntracking-redir-broken\r\n:1\r\n")
        #expect(simulation.ask("CLIENT INFO\r\n", reader).contains(" flags=tR "))
        _ = simulation.ask("RESET\r\n", reader)
        _ = simulation.ask("SET c 1\r\n", writer)
        #expect(simulation.hear(reader) == "")
    }

    @Test func prefixesOfThoseWhoAreGoneAreForgotten() {
        var simulation = Simulation()
        let (one, two, writer) = (simulation.connect(), simulation.connect(), simulation.connect())
        _ = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON BCAST PREFIX a PREFIX b\r\n", one)
        _ = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON BCAST PREFIX b\r\n", two)
        #expect(simulation.loop.server.context.tracking.prefixes.count == 2)
        // Changed keys that nobody has been told of yet do not outlive who wanted to hear of them.
        simulation.network.say("SET a 1\r\nSET b 1\r\n".utf8, on: writer)
        simulation.network.reset(one)
        simulation.turns()
        #expect(simulation.loop.server.context.tracking.prefixes.count == 1)
        #expect(simulation.hear(two) == ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nb\r\n")
        simulation.network.reset(two)
        simulation.turns()
        #expect(simulation.loop.server.context.tracking.prefixes.isEmpty)
    }

    @Test func theTableCountsAsUsedMemory() {
        var simulation = Simulation()
        let reader = simulation.connect()
        _ = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON\r\n", reader)
        let before = simulation.loop.server.context.keyspace.memoryUsed
        let many = (0..<1000).map { " number\($0)" }.joined()
        _ = simulation.ask("MGET\(many)\r\n", reader)
        let grown = simulation.loop.server.context.keyspace.memoryUsed - before
        #expect(grown > 1000 * 24 && grown < 1000 * 80)
        _ = simulation.ask("FLUSHALL\r\n", reader)
        simulation.turns(20)
        #expect(simulation.loop.server.context.keyspace.memoryUsed < before + 4096)
    }

    @Test(arguments: [10, 500])
    func ofManyPrefixesThoseThatFitAreFound(_ count: Int) {
        var simulation = Simulation()
        let (all, some, writer) = (simulation.connect(), simulation.connect(), simulation.connect())
        let prefixes = (0..<count).map { " PREFIX p\(1000 + $0)" }.joined()
        _ = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON BCAST\r\n", all)
        let answer = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON BCAST\(prefixes)\r\n", some)
        #expect(answer.hasSuffix("+OK\r\n"))
        _ = simulation.ask("MSET p1003 1 p1003x 1 p100 1 q 1 p9999 1\r\n", writer)
        let keys = "$5\r\np1003\r\n$6\r\np1003x\r\n"
        #expect(simulation.hear(some) == ">2\r\n$10\r\ninvalidate\r\n*2\r\n\(keys)")
        #expect(simulation.hear(all).hasPrefix(">2\r\n$10\r\ninvalidate\r\n*5\r\n$4\r\np100\r\n\(keys)"))
        let overlap = simulation.ask("CLIENT TRACKING ON BCAST\(prefixes)\r\n", some)
        #expect(overlap.hasPrefix("-ERR Prefix 'p1000' overlaps with an existing prefix 'p1000'."))
        _ = simulation.ask("CLIENT TRACKING OFF\r\n", some)
        #expect(simulation.loop.server.context.tracking.prefixes.count == 1)
    }
}
