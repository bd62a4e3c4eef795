// A replica of a server that says anything: it goes on serving, keeps its data until others are complete, leaves no
// file, and asks for no memory that was only announced.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct HostilePrimaryTests {
    static let history = Follower.history
    static let answers: [String] = [
        "", "\n", "nonsense\r\n", "-ERR\r\n", "+FULLRESYNC\r\n", "+FULLRESYNC x y\r\n", "+FULLRESYNC \(history) -1\r\n",
        "+FULLRESYNC \(history) 99999999999999999999\r\n", "+FULLRESYNC \(history) 9223372036854775807\r\n$5\r\nREDIS",
        "+FULLRESYNC \(history)\r\n", "+CONTINUE\r\n", "+CONTINUE \(history)\r\n", "-NOMASTERLINK x\r\n", "$5\r\nREDIS",
        "+FULLRESYNC \(history) 1\r\n-ERR no\r\n", "+FULLRESYNC \(history) 1\r\n$\r\n",
        "+FULLRESYNC \(history) 1\r\n$-1\r\n",
        "+FULLRESYNC \(history) 1\r\n$0\r\n", "+FULLRESYNC \(history) 1\r\n$99999999999999999999\r\n",
        "+FULLRESYNC \(history) 1\r\n$9223372036854775807\r\nabc", "+FULLRESYNC \(history) 1\r\n$EOF:x\r\n",
        "+FULLRESYNC \(history) 1\r\n$EOF:\(history)\r\n\(history)", "+FULLRESYNC \(history) 1\r\n*1\r\n",
        "+FULLRESYNC \(history) 1\r\n$9\r\nREDIS0011", "+FULLRESYNC \(history) 1\r\n$10\r\nREDIS0011\u{1}",
        "+FULLRESYNC \(history) 1\r\n$9\r\nnonsense!", String(repeating: "x", count: 100_000),
    ]

    @Test(arguments: answers, [false, true])
    func noAnswerDoesHarm(_ answer: String, _ ends: Bool) {
        var follower = Follower()
        #expect(follower.ask("SET own 1") == "+OK\r\n")
        follower.follow()
        _ = follower.greet()
        follower.say(answer)
        if ends {
            follower.network.end(follower.line)
            follower.machine.turns()
            #expect(follower.phase == .apart || follower.network.outgoing.count > 1)
        }
        #expect(follower.ask("PING") == "+PONG\r\n")
        #expect(follower.machine.loop.server.context.link.memoryUsed < 2 << 20)
        #expect(follower.ask("REPLICAOF NO ONE") == "+OK\r\n")
        #expect(follower.leftFiles == 0)
        #expect(follower.ask("SET own 2") == "+OK\r\n")
    }

    /// Positions are added to and compared: one that leaves no room for that belongs to no stream.
    @Test(arguments: [Int.max, Int.max - 1, Int.max / 2])
    func noPositionIsTooLarge(_ position: Int) {
        var follower = Follower()
        _ = follower.ask("SET own 1")
        follower.follow()
        _ = follower.greet()
        let file = Follower.snapshot()
        follower.say("+FULLRESYNC \(Follower.history) \(position)\r\n$\(file.count)\r\n")
        follower.say(file)
        follower.say("*1\r\n$4\r\n")
        #expect(follower.machine.information("master_link_status") == "down")
        #expect(follower.ask("GET own") == "$1\r\n1\r\n")
    }

    /// Wherever the connection breaks, the old data are there until all of the new ones are.
    @Test func aCutSnapshotChangesNothing() {
        let file = Follower.snapshot()
        for count in stride(from: 0, to: file.count, by: 17) {
            var follower = Follower()
            _ = follower.ask("SET own 1")
            follower.follow()
            _ = follower.greet()
            follower.say("+FULLRESYNC \(Follower.history) 7\r\n$\(file.count)\r\n")
            follower.say(file.prefix(count))
            follower.network.end(follower.line)
            follower.machine.turns()
            #expect(follower.ask("GET own") == "$1\r\n1\r\n")
            #expect(follower.leftFiles == 0)
            follower.machine.pass(milliseconds: 1100)
            #expect(follower.network.outgoing.count == 2)
        }
    }

    /// A snapshot with a wrong byte is refused, or loaded where the byte has a meaning; and asked for again.
    @Test func aDamagedSnapshotIsAskedForAgain() {
        let file = Follower.snapshot()
        var refused = 0
        for index in file.indices {
            var follower = Follower()
            follower.follow()
            _ = follower.greet()
            var damaged = file
            damaged[index] ^= 0x55
            follower.say("+FULLRESYNC \(Follower.history) 7\r\n$\(file.count)\r\n")
            follower.say(damaged)
            follower.machine.turns(8)
            if follower.phase != .streams {
                refused += 1
                #expect(follower.ask("DBSIZE") == ":0\r\n")
                follower.machine.pass(milliseconds: 1100)
                #expect(follower.network.outgoing.count == 2)
            }
            #expect(follower.leftFiles == 0)
            #expect(follower.ask("PING") == "+PONG\r\n")
        }
        #expect(refused > file.count * 9 / 10)
    }

    @Test func theDiskMayBeFull() {
        let file = Follower.snapshot()
        for kind in [SimulatedDisk.Operation.Kind.open, .append, .sync, .close, .read, .rename] {
            var follower = Follower { $0.savePoints = [SavePoint(seconds: 3600, changes: 1)] }
            follower.follow()
            _ = follower.greet()
            follower.machine.disk.fail(operation: 1, kind)
            follower.say("+FULLRESYNC \(Follower.history) 7\r\n$\(file.count)\r\n")
            follower.say(file)
            follower.machine.turns(8)
            #expect(follower.ask("PING") == "+PONG\r\n")
            #expect(follower.leftFiles == 0, "\(kind)")
        }
    }

    /// The stream may hold anything; what cannot be read ends the connection, and the next one begins anew.
    @Test(arguments: [
        "*1\r\n$-1\r\n", "*99999999999\r\n", "*1\r\n$99999999999\r\n", "*2\r\n$4\r\nPING\r\nx",
        String(repeating: "x", count: 200_000), "*1\r\nPING\r\n",
    ])
    func aBrokenStreamBeginsAnew(_ text: String) {
        var follower = Follower()
        follower.synchronize()
        follower.say(text)
        #expect(follower.phase != .streams)
        follower.machine.pass(milliseconds: 1100)
        #expect(follower.greet().contains("$1\r\n?\r\n$2\r\n-1\r\n"))
        #expect(follower.ask("GET k") == "$1\r\nv\r\n")
    }

    /// Commands that mean something else to a client do no harm in a stream.
    @Test func noCommandDoesHarm() {
        let lines = [
            "SYNC", "PSYNC ? -1", "MONITOR", "SUBSCRIBE c", "PSUBSCRIBE *", "BLPOP none 0", "WAIT 1 0", "WAITAOF 0 1 0",
            "CLIENT REPLY ON", "CLIENT PAUSE 1", "HELLO 3", "RESET", "REPLICAOF NO ONE", "REPLICAOF a 1", "EXEC",
            "DISCARD",
            "WATCH k", "CLIENT TRACKING ON", "REPLCONF ACK 99999999999", "REPLCONF listening-port 1", "KEYS *",
            "NOSUCH x", "GET",
            "AUTH a", "ASKING", "CLIENT KILL TYPE master", "CLIENT NO-TOUCH ON", "DEBUG SLEEP 0",
            "XREAD BLOCK 0 STREAMS s $",
        ]
        for line in lines {
            var follower = Follower()
            follower.synchronize()
            follower.say(Follower.requests(line))
            follower.machine.pass(milliseconds: 10)
            let heard = follower.machine.hear(as: follower.line)
            #expect(!heard.contains("+") && !heard.contains("-ERR"), "\(line): \(heard)")
            #expect(follower.ask("GET k") == "$1\r\nv\r\n", "\(line)")
            if follower.phase == .streams {
                follower.say(Follower.requests("SET k w"))
                #expect(follower.ask("GET k") == "$1\r\nw\r\n", "\(line)")
            }
        }
    }

    /// One seed, one conversation: parts of all that can be said, in any order, in pieces of any size.
    @Test(arguments: 0..<60)
    func noConversationDoesHarm(_ seed: UInt64) {
        var chance = RandomSource(seed: seed), follower = Follower()
        let file = Follower.snapshot()
        let parts: [[UInt8]] =
            HostilePrimaryTests.answers.prefix(26).map { Array($0.utf8) }
            + [
                file, Array(file.prefix(40)), Array("$\(file.count)\r\n".utf8) + file, Array("+PONG\r\n".utf8),
                Array("+OK\r\n".utf8), Array("+OK\r\n+OK\r\n".utf8), Follower.requests("MULTI"),
                Follower.requests("EXEC"),
                Follower.requests("SET a 1", "REPLCONF GETACK *"), Follower.requests("SELECT 99"),
                Array("+FULLRESYNC \(Follower.history) 1\r\n".utf8),
            ]
        follower.follow()
        for _ in 0..<60 {
            var text = Array(parts[Int(chance.next() % UInt64(parts.count))])
            if chance.next() % 4 == 0, !text.isEmpty {
                text[Int(chance.next() % UInt64(text.count))] = UInt8(truncatingIfNeeded: chance.next())
            }
            let cut = text.isEmpty ? 0 : Int(chance.next() % UInt64(text.count + 1))
            follower.network.say(text.prefix(cut), on: follower.line)
            follower.machine.loop.turn()
            follower.network.say(text.dropFirst(cut), on: follower.line)
            follower.machine.turns(2)
            if chance.next() % 8 == 0 { follower.network.end(follower.line) }
            if chance.next() % 16 == 0 { follower.network.reset(follower.line) }
            if chance.next() % 4 == 0 { follower.machine.pass(milliseconds: 600) }
            if chance.next() % 2 == 0, follower.phase == .greets { follower.say("+PONG\r\n+OK\r\n+OK\r\n") }
        }
        #expect(follower.ask("PING") == "+PONG\r\n", "seed \(seed)")
        #expect(follower.ask("REPLICAOF NO ONE").hasPrefix("+OK") || follower.isLoading, "seed \(seed)")
        #expect(follower.leftFiles == 0 || follower.isLoading, "seed \(seed)")
    }
}
