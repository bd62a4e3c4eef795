// Replies that grow over several turns, at a pace that small data exercises: what the client gets is the picture of the
// moment when its command ran, whatever happens meanwhile, and nobody else waits for it.

import Platform
import Testing

@testable import Engine

extension Simulation {
    /// Replies of more than three elements grow, by few elements in each turn.
    mutating func growSlowly(turn: Int = 60, mostWaiting: Int = 256 << 10) {
        loop.server.context.setPace(ReplyPace(mostAtOnce: 3, turn: turn, mostWaiting: mostWaiting))
    }

    /// Says it and goes on until nothing grows any more.
    mutating func askInFull(_ text: String, _ client: Int32) -> String {
        network.say(text.utf8, on: client)
        var heard = ""
        repeat {
            turns()
            heard += hear(client)
        } while loop.server.context.growing.count > 0
        turns()
        return heard + hear(client)
    }

    /// A hash of so many fields, large enough for a table of several shards.
    mutating func fillHash(_ fields: Int, _ client: Int32) {
        for field in 0..<fields { network.say("HSET hash field:\(field) \(field)\r\n".utf8, on: client) }
        awaitLines(fields, client)
    }

    /// Goes on until so many lines are answered: a turn serves a client for some time, not for some requests.
    mutating func awaitLines(_ count: Int, _ client: Int32) {
        var heard = 0
        repeat {
            turns(1)
            heard += network.hear(on: client).count { $0 == 10 }
        } while heard < count
    }

    var growingCount: Int { loop.server.context.growing.count }
    var memoryUsed: Int { loop.server.context.keyspace.memoryUsed }
}

@Suite struct GrowingReplyTests {
    @Test func othersAreAnsweredMeanwhile() {
        var simulation = Simulation()
        let reader = simulation.connect(), other = simulation.connect()
        simulation.fillHash(1000, reader)
        let whole = simulation.ask("HGETALL hash\r\n", reader)
        simulation.growSlowly()
        simulation.network.say("HGETALL hash\r\nPING\r\n".utf8, on: reader)
        #expect(simulation.ask("PING\r\n", other) == "+PONG\r\n")
        #expect(simulation.growingCount == 1)
        #expect(simulation.network.lastWait == 0)
        #expect(simulation.askInFull("", reader) == whole + "+PONG\r\n")
        simulation.turns()
        #expect(simulation.network.lastWait > 0)
    }

    @Test func aSetThatIsPoppedAsAWholeIsShownAfterItsEnd() {
        var simulation = Simulation()
        let reader = simulation.connect(), other = simulation.connect()
        for member in 0..<1000 { simulation.network.say("SADD set member:\(member)\r\n".utf8, on: reader) }
        simulation.awaitLines(1000, reader)
        let whole = simulation.ask("SMEMBERS set\r\n", reader), full = simulation.memoryUsed
        simulation.growSlowly()
        simulation.network.say("SPOP set 1000\r\n".utf8, on: reader)
        #expect(simulation.ask("EXISTS set\r\n", other) == ":0\r\n")
        #expect(simulation.growingCount == 1)
        #expect(simulation.askInFull("", reader) == whole)
        simulation.turns(100)
        #expect(simulation.memoryUsed < full / 10)
    }

    @Test func aTransactionAnswersAtOnce() {
        var simulation = Simulation()
        let reader = simulation.connect()
        simulation.fillHash(1000, reader)
        let whole = simulation.ask("MULTI\r\nHGETALL hash\r\nKEYS *\r\nEXEC\r\n", reader)
        simulation.growSlowly()
        #expect(simulation.ask("MULTI\r\nHGETALL hash\r\nKEYS *\r\nEXEC\r\n", reader) == whole)
        #expect(simulation.growingCount == 0)
    }

    @Test func messagesFollowTheReply() {
        var simulation = Simulation()
        let reader = simulation.connect(), other = simulation.connect()
        simulation.fillHash(1000, reader)
        _ = simulation.ask("HELLO 3\r\nSUBSCRIBE news\r\n", reader)
        let whole = simulation.ask("HGETALL hash\r\n", reader)
        simulation.growSlowly()
        simulation.network.say("HGETALL hash\r\n".utf8, on: reader)
        #expect(simulation.ask("PUBLISH news flash\r\nHSET hash x y\r\n", other) == ":1\r\n:1\r\n")
        #expect(simulation.askInFull("", reader) == whole + ">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nflash\r\n")
    }

    @Test func theBeginningComesBeforeTheRestThoughSomethingWasSentInTheSameTurn() {
        var simulation = Simulation()
        let other = simulation.connect(), reader = simulation.connect()
        simulation.fillHash(1000, reader)
        _ = simulation.ask("HELLO 3\r\nCLIENT TRACKING ON BCAST\r\n", reader)
        let whole = simulation.ask("HGETALL hash\r\n", reader)
        simulation.growSlowly()
        simulation.network.say("SET a b\r\n".utf8, on: other)
        simulation.network.say("HGETALL hash\r\n".utf8, on: reader)
        let push = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n"
        let heard = simulation.askInFull("", reader)
        #expect(heard == push + whole || heard == whole + push)
    }

    /// The socket takes less than the beginning of the reply: the rest of it waits, and all else behind it.
    @Test(arguments: [0, 1, 6])
    func theBeginningComesBeforeTheRestThoughTheSocketIsFull(_ window: Int) {
        var simulation = Simulation()
        let reader = simulation.connect()
        simulation.fillHash(1000, reader)
        let whole = simulation.ask("HGETALL hash\r\n", reader)
        simulation.growSlowly()
        simulation.network.setWindow(window, on: reader)
        simulation.network.say("HGETALL hash\r\n".utf8, on: reader)
        simulation.turns()
        simulation.network.setWindow(.max, on: reader)
        #expect(simulation.askInFull("", reader) == whole)
    }

    @Test func aContainerThatGoesIsFreedByItsLastReader() {
        var simulation = Simulation()
        let readers = [simulation.connect(), simulation.connect()], other = simulation.connect()
        let before = simulation.memoryUsed
        simulation.fillHash(4000, other)
        let whole = simulation.ask("HGETALL hash\r\n", other)
        for command in ["DEL hash", "UNLINK hash", "FLUSHALL", "SET hash x", "PEXPIRE hash 0", "RENAME hash b"] {
            simulation.loop.server.context.setPace(ReplyPace())
            simulation.fillHash(4000, other)
            simulation.growSlowly(turn: 10)
            for reader in readers { simulation.network.say("HGETALL hash\r\n".utf8, on: reader) }
            _ = simulation.ask("\(command)\r\n", other)
            #expect(simulation.ask("HGETALL hash\r\n", other).hasPrefix(command.hasPrefix("SET") ? "-WRONG" : "*0"))
            #expect(simulation.growingCount == 2, "\(command)")
            #expect(simulation.memoryUsed > before + 20_000)
            for reader in readers { #expect(simulation.askInFull("", reader) == whole, "\(command)") }
            _ = simulation.ask("FLUSHALL\r\n", other)
            simulation.turns(20)
            #expect(simulation.memoryUsed <= before + 1024, "\(command)")
        }
    }

    @Test func whoeverLeavesFreesWhatItRead() {
        var simulation = Simulation()
        let other = simulation.connect(), before = simulation.memoryUsed
        simulation.fillHash(4000, other)
        simulation.growSlowly()
        let killed = simulation.connect(), gone = simulation.connect()
        for reader in [killed, gone] { simulation.network.say("HGETALL hash\r\n".utf8, on: reader) }
        simulation.loop.turn()
        #expect(simulation.ask("DEL hash\r\n", other) == ":1\r\n")
        #expect(simulation.growingCount == 2)
        _ = simulation.ask("CLIENT KILL TYPE normal SKIPME yes\r\n", other)
        #expect(simulation.growingCount == 0)
        simulation.network.reset(gone)
        simulation.turns(20)
        #expect(simulation.memoryUsed <= before + 1024)
        #expect(simulation.clientCount == 1)
    }

    @Test func aReaderThatDoesNotReadHoldsLittle() {
        var simulation = Simulation()
        let reader = simulation.connect(), other = simulation.connect()
        simulation.fillHash(3000, other)
        let whole = simulation.ask("HGETALL hash\r\n", other)
        simulation.growSlowly(turn: 1000, mostWaiting: 2000)
        simulation.network.setWindow(100, on: reader)
        simulation.network.say("HGETALL hash\r\n".utf8, on: reader)
        simulation.turns(50)
        #expect(simulation.loop.server.context.clients[ClientIdentifier(reader)].output.count < 20_000)
        #expect(simulation.network.lastWait > 0)
        simulation.network.setWindow(.max, on: reader)
        #expect(simulation.askInFull("", reader) == whole)
    }

    @Test func aReaderThatIsGoneIsNoticedThoughItsReplyWaits() {
        var simulation = Simulation()
        let reader = simulation.connect(), polite = simulation.connect(), other = simulation.connect()
        simulation.fillHash(3000, other)
        let whole = simulation.ask("HGETALL hash\r\n", other)
        simulation.growSlowly(turn: 1000, mostWaiting: 2000)
        for client in [reader, polite] {
            simulation.network.setWindow(100, on: client)
            simulation.network.say("HGETALL hash\r\n".utf8, on: client)
        }
        simulation.turns(50)
        simulation.network.reset(reader)
        simulation.network.end(polite)
        simulation.turns()
        #expect(simulation.growingCount == 1)
        #expect(simulation.clientCount == 2)
        simulation.network.setWindow(.max, on: polite)
        #expect(simulation.askInFull("", polite) == whole)
        #expect(simulation.clientCount == 1)
    }

    @Test func theLimitOfOutputCutsKeysAndNotWhatIsRead() {
        var simulation = Simulation()
        let reader = simulation.connect(), other = simulation.connect()
        for key in 0..<3000 { simulation.network.say("SET key:\(key) x\r\n".utf8, on: other) }
        simulation.awaitLines(3000, other)
        simulation.fillHash(3000, other)
        let whole = simulation.ask("HGETALL hash\r\n", other)
        _ = simulation.ask("CONFIG SET client-output-buffer-limit \"normal 30000 0 0\"\r\n", other)
        simulation.growSlowly(turn: 1000)
        #expect(simulation.askInFull("HGETALL hash\r\n", reader) == whole)
        #expect(!simulation.network.isClosedByServer(reader))
        #expect(simulation.askInFull("KEYS *\r\n", reader) == "")
        #expect(simulation.network.isClosedByServer(reader))
        #expect(simulation.growingCount == 0)
    }

    @Test func unwantedRepliesDoNotGrow() {
        var simulation = Simulation()
        let reader = simulation.connect()
        simulation.fillHash(1000, reader)
        simulation.growSlowly()
        #expect(simulation.ask("CLIENT REPLY SKIP\r\nHGETALL hash\r\nPING\r\n", reader) == "+PONG\r\n")
        #expect(simulation.ask("CLIENT REPLY OFF\r\nHGETALL hash\r\nKEYS *\r\nSUNION hash\r\nPING\r\n", reader) == "")
        #expect(simulation.growingCount == 0)
    }

    @Test func aCallCountsOnceWhenItsReplyIsComplete() {
        var simulation = Simulation()
        let reader = simulation.connect(), other = simulation.connect()
        simulation.fillHash(1000, other)
        _ = simulation.ask("CONFIG SET slowlog-log-slower-than 0\r\nSLOWLOG RESET\r\n", other)
        simulation.growSlowly()
        simulation.network.say("HGETALL hash\r\n".utf8, on: reader)
        simulation.turns()
        #expect(!simulation.ask("INFO commandstats\r\n", other).contains("cmdstat_hgetall"))
        _ = simulation.askInFull("", reader)
        let statistics = simulation.ask("INFO commandstats\r\n", other)
        #expect(statistics.contains("cmdstat_hgetall:calls=1,usec="))
        let entries = simulation.ask("SLOWLOG GET -1\r\n", other)
        #expect(entries.components(of: "HGETALL") == 1)
    }

    @Test func pausesAndSwapsChangeNothing() {
        var simulation = Simulation()
        let reader = simulation.connect(), other = simulation.connect()
        simulation.fillHash(1000, other)
        let whole = simulation.ask("HGETALL hash\r\n", other)
        simulation.growSlowly()
        simulation.network.say("HGETALL hash\r\n".utf8, on: reader)
        _ = simulation.ask("SWAPDB 0 1\r\nCLIENT PAUSE 100000 ALL\r\n", other)
        #expect(simulation.askInFull("", reader) == whole)
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3 ... .max)])
    func keysNamesEachKeyThatStaysOnce(_ seed: UInt64) {
        var random = RandomSource(seed: seed), simulation = Simulation()
        let reader = simulation.connect(), other = simulation.connect()
        for key in 0..<2000 { simulation.network.say("SET stays:\(key) x\r\nSET goes:\(key) x\r\n".utf8, on: other) }
        simulation.awaitLines(4000, other)
        simulation.growSlowly(turn: 2000)
        simulation.network.say("KEYS *\r\n".utf8, on: reader)
        var heard = ""
        repeat {
            let key = random.next() % 20_000
            simulation.network.say("DEL goes:\(key % 2000)\r\nSET comes:\(key) x\r\n".utf8, on: other)
            simulation.loop.turn()
            heard += simulation.hear(reader)
        } while simulation.growingCount > 0
        simulation.turns()
        heard += simulation.hear(reader)
        let words = heard.split(separator: "\r\n").map(String.init)
        let keys = words.filter { $0.contains(":") }
        #expect(words.first == "*\(keys.count)", "seed \(seed)")
        #expect(Set(keys).count == keys.count, "seed \(seed)")
        #expect(Set(keys.filter { $0.hasPrefix("stays") }).count == 2000, "seed \(seed)")
    }

    @Test func keysEndWithTheirDatabase() {
        var simulation = Simulation()
        let reader = simulation.connect(), other = simulation.connect()
        for key in 0..<2000 { simulation.network.say("SET key:\(key) x\r\n".utf8, on: other) }
        simulation.awaitLines(2000, other)
        simulation.growSlowly(turn: 2000)
        simulation.network.say("KEYS *\r\n".utf8, on: reader)
        simulation.turns(2)
        _ = simulation.ask("SWAPDB 0 3\r\nSET other x\r\nSELECT 3\r\nFLUSHDB\r\nSET third x\r\n", other)
        let heard = simulation.askInFull("", reader)
        #expect(heard.hasPrefix("*"))
        #expect(!heard.contains("other") && !heard.contains("third"))
    }
}

extension String {
    fileprivate func components(of word: String) -> Int { ranges(of: word).count }
}
