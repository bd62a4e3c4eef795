// Replicas that come back: from where they may go on, and what they are sent then; how long the stream is kept, and how
// much of it.

import Platform
import Testing

@testable import Engine

@Suite struct ResumptionTests {
    @Test func whoComesBackGoesOnFromWhereItWas() {
        var primary = Primary()
        let first = primary.follow("? -1")
        #expect(first.heard.hasPrefix("+FULLRESYNC \(primary.identifier) 0\r\n"))
        primary.say("SET a 1")
        let select = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n", set = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
        #expect(primary.machine.hear(as: first.line) == select + set)
        primary.leave(first.line)
        primary.say("SET a 2")
        let offset = select.utf8.count + set.utf8.count
        let second = primary.follow("\(primary.identifier) \(offset + 1)", capabilities: "capa psync2")
        #expect(second.heard == "+CONTINUE \(primary.identifier)\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n2\r\n")
        primary.say("SET a 3")
        #expect(primary.machine.hear(as: second.line) == "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n3\r\n")
        // An old one does not learn the name.
        let third = primary.follow("\(primary.identifier.uppercased()) 1")
        #expect(third.heard.hasPrefix("+CONTINUE\r\n*2\r\n$6\r\nSELECT"))
        #expect(primary.machine.information("sync_partial_ok") == "2")
        #expect(primary.machine.information("sync_full") == "1")
        #expect(primary.machine.information("sync_partial_err") == "0")
        #expect(primary.machine.information("connected_slaves") == "2")
    }

    /// Ends, far beyond them, and what is no place at all.
    @Test func offsetsThatAreNotKeptAreRefused() {
        var primary = Primary()
        let first = primary.follow("? -1")
        primary.say("SET a 1")
        primary.leave(first.line)
        let end = primary.offset
        for offset in ["0", "-1", "\(Int64.min)", "\(end + 2)", "\(Int64.max)"] {
            let refused = primary.follow("\(primary.identifier) \(offset)")
            #expect(refused.heard.hasPrefix("+FULLRESYNC"), "\(offset)")
            primary.leave(refused.line)
        }
        #expect(primary.machine.information("sync_partial_err") == "5")
        for offset in ["x", "", "1.5", "99999999999999999999"] {
            let line = primary.machine.connect()
            let words = "*3\r\n$5\r\nPSYNC\r\n$40\r\n\(primary.identifier)\r\n$\(offset.utf8.count)\r\n\(offset)\r\n"
            primary.machine.say(words, as: line)
            primary.machine.turns()
            #expect(primary.machine.hear(as: line) == "-ERR value is not an integer or out of range\r\n")
        }
        for offset in [1, end + 1] {
            let taken = primary.follow("\(primary.identifier) \(offset)")
            #expect(taken.heard.hasPrefix("+CONTINUE\r\n"), "\(offset)")
        }
        let other = primary.follow("\(String(repeating: "a", count: 40)) 1")
        #expect(other.heard.hasPrefix("+FULLRESYNC"))
    }

    @Test func noMoreIsKeptThanTheSettingsSay() {
        var primary = Primary()
        primary.ask("CONFIG SET repl-backlog-size 1", "+OK\r\n")
        primary.ask("CONFIG GET repl-backlog-size", "*2\r\n$17\r\nrepl-backlog-size\r\n$5\r\n16384\r\n")
        let first = primary.follow("? -1")
        primary.say("SET a 1")
        primary.leave(first.line)
        let value = String(repeating: "x", count: 10_000)
        for _ in 0..<20 { primary.say("SET a \(value)") }
        let kept = Int(primary.machine.information("repl_backlog_histlen") ?? "") ?? 0
        #expect(kept >= 16384 && kept <= 3 * 16384, "\(kept)")
        let held = Int(primary.machine.information("mem_replication_backlog") ?? "") ?? 0
        #expect(held >= kept && held < kept + 40_000, "\(held)")
        let start = Int(primary.machine.information("repl_backlog_first_byte_offset") ?? "") ?? 0
        #expect(primary.follow("\(primary.identifier) \(start - 1)").heard.hasPrefix("+FULLRESYNC"))
        #expect(primary.follow("\(primary.identifier) \(start)").heard.hasPrefix("+CONTINUE"))
    }

    /// What a replica has not got is kept for it, however long that is, up to the limit for replicas.
    @Test func theStreamIsKeptForASlowReplica() {
        var primary = Primary()
        primary.ask("CONFIG SET repl-backlog-size 16384 client-output-buffer-limit \"replica 1mb 0 0\"", "+OK\r\n")
        let slow = primary.follow("? -1"), other = primary.follow("? -1")
        primary.network.setWindow(0, on: slow.line)
        let value = String(repeating: "x", count: 10_000)
        for _ in 0..<50 { primary.say("SET a \(value)") }
        let size = primary.machine.hear(as: other.line).utf8.count
        #expect(size > 500_000)
        let all = Int(primary.machine.information("mem_total_replication_buffers") ?? "") ?? 0
        // Once, and not once for each.
        #expect(all > size && all < size * 3 / 2, "\(all)")
        primary.network.setWindow(.max, on: slow.line)
        primary.machine.turns(20)
        #expect(primary.machine.hear(as: slow.line).utf8.count == size)
        #expect(Int(primary.machine.information("mem_total_replication_buffers") ?? "") ?? .max < 100_000)
        primary.network.setWindow(0, on: slow.line)
        for _ in 0..<120 { primary.say("SET a \(value)") }
        #expect(primary.network.isClosedByServer(slow.line) && !primary.network.isClosedByServer(other.line))
        #expect(primary.machine.information("connected_slaves") == "1")
        #expect(Int(primary.machine.information("mem_total_replication_buffers") ?? "") ?? .max < 100_000)
    }

    /// DEBUG REPLICATE says anything to replicas, and does nothing here.
    @Test func replicasHearWhatATestSays() {
        var primary = Primary()
        let replica = primary.follow("? -1")
        primary.ask("DEBUG REPLICATE fake-command-1 word", "+OK\r\n")
        #expect(primary.machine.hear(as: replica.line) == "*2\r\n$14\r\nfake-command-1\r\n$4\r\nword\r\n")
    }

    @Test func theBacklogGoesWhenNobodyFollows() {
        var primary = Primary()
        primary.ask("CONFIG SET repl-backlog-ttl 100", "+OK\r\n")
        let first = primary.follow("? -1")
        primary.say("SET a 1")
        let identifier = primary.identifier, offset = primary.offset
        primary.leave(first.line)
        primary.machine.pass(milliseconds: 90_000)
        #expect(primary.machine.information("repl_backlog_active") == "1")
        primary.machine.pass(milliseconds: 20_000)
        #expect(primary.machine.information("repl_backlog_active") == "0")
        #expect(primary.machine.information("mem_replication_backlog") == "0")
        #expect(primary.identifier != identifier && primary.offset == offset)
        #expect(primary.follow("\(identifier) \(offset + 1)").heard.hasPrefix("+FULLRESYNC"))
    }

    /// The snapshot says where it stands in the stream, and who was level with it goes on after a restart.
    @Test func aRestartIsNoEndOfTheStream() {
        var primary = Primary()
        let first = primary.follow("? -1")
        primary.say("SET a 1")
        primary.say("SET b 1 PX 100")
        let identifier = primary.identifier, offset = primary.offset
        #expect(primary.machine.ask("SAVE") == "+OK\r\n")
        primary.leave(first.line)
        primary.machine.clock.milliseconds += 1000
        primary.machine.restart()
        #expect(primary.machine.information("master_replid2") == identifier)
        #expect(primary.machine.information("second_repl_offset") == "\(offset + 1)")
        #expect(primary.identifier != identifier)
        // What has ended meanwhile is told.
        let second = primary.follow("\(identifier) \(offset + 1)", capabilities: "capa psync2")
        let expected = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$3\r\nDEL\r\n$1\r\nb\r\n"
        #expect(second.heard == "+CONTINUE \(primary.identifier)\r\n" + expected)
        #expect(primary.follow("\(identifier) \(offset + 2)").heard.hasPrefix("+FULLRESYNC"))
        #expect(primary.machine.ask("GET a") == "$1\r\n1\r\n")
    }

    /// Two that want the snapshot when it is complete get the same one, also if the second comes while it is taken.
    @Test func aSnapshotIsShared() {
        var primary = Primary()
        primary.ask("CONFIG SET repl-diskless-sync no rdb-key-save-delay 1000000", "+OK\r\n")
        for index in 0..<3 { primary.say("SET key:\(index) x") }
        let first = primary.machine.connect(), second = primary.machine.connect()
        primary.machine.say("PSYNC ? -1\r\n", as: first)
        primary.machine.turns()
        primary.say("SET between 1")
        primary.machine.say("PSYNC ? -1\r\n", as: second)
        primary.machine.turns()
        #expect(primary.machine.hear(as: second) == primary.machine.hear(as: first))
        primary.ask("CONFIG SET rdb-key-save-delay 0", "+OK\r\n")
        primary.machine.settle()
        let heard = primary.machine.hear(as: first)
        #expect(heard == primary.machine.hear(as: second) && heard.hasSuffix("between\r\n$1\r\n1\r\n"))
        #expect(primary.machine.information("sync_full") == "2")
    }

    /// A server that takes over goes on under another name, and knows the old one up to there.
    @Test func aChangeOfRoleKeepsWhatIsShared() {
        var primary = Primary()
        let old = String(repeating: "b", count: 40)
        primary.machine.loop.server.context.endOwnStream()
        primary.machine.loop.server.context.adoptHistory(old, at: 5000)
        var buffer = Buffer()
        buffer.append(text: "*1\r\n$4\r\nPING\r\n")
        primary.machine.loop.server.context.passOn(buffer.contents)
        let follower = primary.follow("\(old) 5001", capabilities: "capa psync2")
        #expect(follower.heard == "+CONTINUE \(old)\r\n*1\r\n$4\r\nPING\r\n")
        primary.machine.loop.server.context.beginOwnHistory()
        primary.machine.turns()
        #expect(primary.network.isClosedByServer(follower.line))
        primary.say("SET a 1")
        let again = primary.follow("\(old) 5015", capabilities: "capa psync2")
        #expect(again.heard.hasPrefix("+CONTINUE \(primary.identifier)\r\n*2\r\n$6\r\nSELECT"))
        #expect(primary.follow("\(old) 5016").heard.hasPrefix("+FULLRESYNC"))
    }
}
