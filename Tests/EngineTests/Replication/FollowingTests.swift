// A replica of a server that does what it should: the snapshot, the stream, positions, and what comes of a broken
// connection.

import Platform
import Testing

@testable import Engine

@Suite struct FollowingTests {
    @Test func theDataAreThoseOfTheSnapshotAndTheStream() {
        var follower = Follower()
        #expect(follower.ask("SET own 1") == "+OK\r\n")
        follower.synchronize()
        #expect(follower.ask("GET own") == "$-1\r\n")
        #expect(follower.ask("GET k") == "$1\r\nv\r\n")
        #expect(follower.ask("SET k w").hasPrefix("-READONLY"))
        let stream = Follower.requests("SELECT 3", "SET k 3", "SELECT 0", "INCR n", "PING", "PUBLISH c m")
        follower.say(stream)
        #expect(follower.ask("GET n") == "$1\r\n1\r\n")
        #expect(follower.applied == 100 + stream.count)
        #expect(follower.machine.information("master_link_status") == "up")
        #expect(follower.machine.information("slave_repl_offset") == "\(100 + stream.count)")
        #expect(follower.machine.information("master_replid") == Follower.history)
        _ = follower.ask("SELECT 3")
        #expect(follower.ask("GET k") == "$1\r\n3\r\n")
        #expect(follower.leftFiles == 0)
    }

    /// The end is found wherever the network parts what is sent.
    @Test(arguments: [true, false], [1, 7, 100])
    func aSnapshotComesInPieces(_ hasMark: Bool, _ pieceSize: Int) {
        var follower = Follower()
        follower.follow()
        _ = follower.greet()
        let mark = String(repeating: "m", count: 40), file = Follower.snapshot()
        let head = hasMark ? "$EOF:\(mark)\r\n" : "$\(file.count)\r\n"
        var text = Array("\n\n+FULLRESYNC \(Follower.history) 7\r\n\n\(head)".utf8) + file
        if hasMark { text += Array(mark.utf8) }
        var start = 0
        while start < text.count {
            follower.network.say(text[start..<min(start + pieceSize, text.count)], on: follower.line)
            follower.machine.loop.turn()
            start += pieceSize
        }
        follower.machine.turns()
        #expect(follower.phase == .streams)
        #expect(follower.ask("GET k") == "$1\r\nv\r\n")
        #expect(follower.applied == 7)
    }

    @Test func itSaysHowFarItHasCome() {
        var follower = Follower()
        follower.synchronize()
        let question = Follower.requests("SET a 1", "REPLCONF GETACK *")
        let answer = follower.say(question)
        #expect(answer == "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$3\r\n\(100 + question.count)\r\n")
        follower.machine.pass(milliseconds: 1100)
        #expect(follower.machine.hear(as: follower.line).contains("ACK"))
    }

    /// What an append-only file holds safely is said besides.
    @Test func itSaysWhatIsSafe() {
        var follower = Follower {
            $0.appendOnly = true
            $0.appendSync = .always
        }
        follower.synchronize()
        follower.machine.settle()
        follower.machine.pass(milliseconds: 1100)
        _ = follower.machine.hear(as: follower.line)
        let stream = Follower.requests("SET a 1")
        follower.say(stream)
        follower.machine.pass(milliseconds: 1100)
        let answer = follower.machine.hear(as: follower.line), end = 100 + stream.count
        #expect(answer == "*5\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$3\r\n\(end)\r\n$4\r\nFACK\r\n$3\r\n\(end)\r\n")
        follower.machine.restart()
        #expect(follower.ask("GET a") == "$1\r\n1\r\n")
        #expect(follower.ask("GET k") == "$1\r\nv\r\n")
    }

    /// A transaction is there as a whole or not at all, and the place to go on from is before it.
    @Test func halfATransactionIsNone() {
        var follower = Follower()
        follower.synchronize()
        let before = Follower.requests("SET a 1")
        follower.say(before)
        follower.say(Follower.requests("MULTI", "SET a 2"))
        #expect(follower.ask("GET a") == "$1\r\n1\r\n")
        #expect(follower.applied == 100 + before.count)
        follower.network.end(follower.line)
        follower.machine.pass(milliseconds: 1100)
        let request = follower.greet()
        #expect(request.contains("PSYNC\r\n$40\r\n\(Follower.history)\r\n$3\r\n\(101 + before.count)\r\n"))
        let newName = String(repeating: "b", count: 40)
        follower.say("+CONTINUE \(newName)\r\n")
        follower.say(Follower.requests("MULTI", "SET a 2", "INCR a", "EXEC"))
        #expect(follower.ask("GET a") == "$1\r\n3\r\n")
        #expect(follower.machine.information("master_replid") == newName)
        #expect(follower.machine.information("master_replid2") == Follower.history)
    }

    /// Keys end when the server that is followed says so; until then they are there, and nobody sees them.
    @Test func keysEndByTheStreamOnly() {
        var follower = Follower()
        follower.synchronize()
        let deadline = follower.machine.clock.milliseconds + 50
        follower.say(Follower.requests("SET a 1 PXAT \(deadline)", "SET b 1 PXAT \(deadline)"))
        follower.machine.pass(milliseconds: 100)
        #expect(follower.ask("GET a") == "$-1\r\n")
        #expect(follower.ask("DBSIZE") == ":4\r\n")
        follower.say(Follower.requests("PERSIST a", "DEL b"))
        #expect(follower.ask("GET a") == "$1\r\n1\r\n")
        #expect(follower.ask("DBSIZE") == ":3\r\n")
    }

    @Test func keysOfItsOwnEnd() {
        var follower = Follower { $0.replicaIsReadOnly = false }
        follower.synchronize()
        #expect(follower.ask("SET own 1 PX 50") == "+OK\r\n")
        follower.say(Follower.requests("SET theirs 1 PXAT \(follower.machine.clock.milliseconds + 50)"))
        #expect(follower.ask("DBSIZE") == ":4\r\n")
        follower.machine.pass(milliseconds: 200)
        follower.machine.pass(milliseconds: 200)
        #expect(follower.ask("DBSIZE") == ":3\r\n")
    }

    /// Its own replicas get the very bytes, and go on with it when it follows nobody any more.
    @Test func itsOwnReplicasGetTheStreamAsItIs() {
        var follower = Follower { $0.transferDelaySeconds = 0 }
        let early = follower.machine.connect()
        follower.follow()
        #expect(follower.machine.ask("PSYNC ? -1", as: early).hasPrefix("-NOMASTERLINK"))
        #expect(follower.ask("REPLICAOF NO ONE") == "+OK\r\n")
        follower.synchronize()
        let line = follower.machine.connect()
        follower.machine.say("PSYNC ? -1\r\n", as: line)
        follower.machine.settle()
        #expect(follower.machine.hear(as: line).hasPrefix("+FULLRESYNC \(Follower.history) 100\r\n"))
        let stream = Follower.requests("SELECT 0", "SET a 1", "MULTI", "SET b 1", "PING", "EXEC")
        follower.say(stream)
        #expect(follower.machine.hear(as: line) == String(decoding: stream, as: UTF8.self))
        #expect(follower.ask("REPLICAOF NO ONE") == "+OK\r\n")
        #expect(follower.network.isClosedByServer(line))
        #expect(follower.machine.information("master_replid2") == Follower.history)
        #expect(follower.machine.information("second_repl_offset") == "\(101 + stream.count)")
        let back = follower.machine.connect()
        follower.machine.say("PSYNC \(Follower.history) \(101 + stream.count)\r\n", as: back)
        follower.machine.turns()
        #expect(follower.machine.hear(as: back) == "+CONTINUE\r\n")
        #expect(follower.ask("SET c 1") == "+OK\r\n")
        #expect(follower.machine.hear(as: back).hasSuffix("$3\r\nSET\r\n$1\r\nc\r\n$1\r\n1\r\n"))
    }

    /// They are for clients: what the primary has taken, its replica takes as well.
    @Test func limitsOfRequestsAreNoneForTheStream() {
        var follower = Follower {
            $0.maxBulkLength = 1 << 20
            $0.queryBufferLimit = 1 << 20
        }
        follower.synchronize()
        let long = String(repeating: "x", count: 3 << 20), half = String(repeating: "x", count: 600 << 10)
        follower.say(
            Follower.requests("SET long \(long)", "MULTI", "SET a \(half)", "SET b \(half)", "SET c 1", "EXEC"))
        follower.machine.turns(20)
        #expect(follower.phase == .streams)
        #expect(follower.ask("STRLEN long") == ":\(long.utf8.count)\r\n")
        #expect(follower.ask("GET c") == "$1\r\n1\r\n")
        #expect(follower.ask("SET d \(long)").hasPrefix("-"))
    }

    @Test func whoIsNotListenedToIsNotSilent() {
        var follower = Follower { $0.replicaTimeoutSeconds = 5 }
        follower.synchronize()
        #expect(follower.ask("CLIENT PAUSE 20000") == "+OK\r\n")
        follower.say(Follower.requests("SET k 2"))
        for _ in 0..<19 { follower.machine.pass(milliseconds: 1000) }
        #expect(follower.phase == .streams)
        for _ in 0..<3 { follower.machine.pass(milliseconds: 1000) }
        #expect(follower.phase == .streams)
        #expect(follower.ask("GET k") == "$1\r\n2\r\n")
    }

    @Test func whoIsBusyIsAskedAgainAndWhoIsSilentIsLeft() {
        var follower = Follower { $0.replicaTimeoutSeconds = 5 }
        follower.follow()
        _ = follower.greet()
        follower.say("-LOADING Redis is loading\r\n")
        #expect(follower.phase == .apart)
        follower.machine.pass(milliseconds: 1100)
        #expect(follower.network.outgoing.count == 2)
        for _ in 0..<7 { follower.machine.pass(milliseconds: 1000) }
        #expect(follower.network.outgoing.count == 3)
        _ = follower.greet()
        follower.say("-ERR unknown command 'PSYNC'\r\n")
        let file = Follower.snapshot()
        follower.say("$\(file.count)\r\n")
        follower.say(file)
        #expect(follower.phase == .streams)
        for _ in 0..<7 { follower.machine.pass(milliseconds: 1000) }
        #expect(follower.phase != .streams)
        // It knows no stream that could go on.
        #expect(follower.greet().contains("$1\r\n?\r\n$2\r\n-1\r\n"))
    }
}
