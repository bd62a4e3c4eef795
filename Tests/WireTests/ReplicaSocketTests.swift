// What a replica hears on the wire: the snapshot in both its forms, the changes behind it, and the end when it is slow.

import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: ServerProcess.apus != nil, "the server is not built")) struct ReplicaSocketTests {
    @Test func changesFollowASnapshotOfKnownLength() throws {
        let server = try ServerProcess(#require(ServerProcess.apus))
        var client = try server.connect(), replica = try server.connect()
        _ = client.call(["SET", "before", "x"])
        replica.send(Array("SYNC\r\n".utf8))
        var heard = Heard(&replica)
        let head = heard.line(&replica)
        let size = try #require(Int(head.dropFirst()), "\(head)")
        let snapshot = heard.take(size, &replica)
        #expect(snapshot.starts(with: "REDIS00".utf8))
        let script = "redis.call('SET', KEYS[1], 1) redis.call('EXPIRE', KEYS[1], 4000000000) return 1"
        let calls = [
            ["SET", "a", "1", "PXAT", "4000000000000"], ["INCR", "n"], ["GET", "a"], ["PUBLISH", "channel", "message"],
            ["MULTI"], ["SELECT", "3"], ["SET", "b", "2"], ["EXEC"], ["EVAL", script, "1", "c"], ["GETDEL", "b"],
        ]
        for call in calls { _ = client.call(call) }
        let expected = [
            "SELECT 0", "SET a 1 PXAT 4000000000000", "INCR n", "PUBLISH channel message", "SELECT 3", "SET b 2",
            "MULTI", "SET c 1", "PEXPIREAT c *", "EXEC", "DEL b",
        ]
        for command in expected {
            let words = heard.command(&replica)
            if command.hasSuffix("*") {
                #expect(words.hasPrefix(String(command.dropLast())))
            } else {
                #expect(words == command)
            }
        }
        let account = client.call(["INFO", "replication"]).map(Heard.text) ?? ""
        #expect(account.contains("connected_slaves:1\r\nslave0:ip=127.0.0.1,port=0,state=online"))
    }

    @Test func aSnapshotWithAMarkIsFollowedWhenTheReplicaSaysSo() throws {
        let server = try ServerProcess(#require(ServerProcess.apus), ["--repl-diskless-sync-delay", "0"])
        var client = try server.connect(), replica = try server.connect()
        _ = client.call(["SET", "before", "x"])
        let answer = replica.call(["REPLCONF", "listening-port", "1", "capa", "eof", "capa", "psync2"])
        #expect(answer == .simple("OK"))
        replica.send(Array("PSYNC ? -1\r\n".utf8))
        var heard = Heard(&replica)
        let offer = heard.line(&replica)
        #expect(offer.wholeMatch(of: /\+FULLRESYNC [0-9a-f]{40} 0/) != nil, "\(offer)")
        let head = heard.line(&replica)
        #expect(head.hasPrefix("$EOF:"), "\(head)")
        _ = heard.take(through: Array(head.dropFirst(5).utf8), &replica)
        _ = client.call(["SET", "behind", "x"])
        let early = replica.receive(milliseconds: 300)
        #expect(early.isEmpty)
        replica.send(Array("REPLCONF ACK 0\r\n".utf8))
        let commands = (heard.command(&replica), heard.command(&replica))
        #expect(commands == ("SELECT 0", "SET behind x"))
        let size = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$6\r\nbehind\r\n$1\r\nx\r\n".utf8.count
        replica.send(Array("REPLCONF ACK \(size)\r\n".utf8))
        let count = client.call(["WAIT", "1", "2000"])
        #expect(count == .integer(1))
        // Who answers as a replica must not ask as a client.
        replica.send(Array("PING\r\n".utf8))
        while !replica.isClosed { if replica.receive(milliseconds: 5000).isEmpty { break } }
        let isClosed = replica.isClosed
        #expect(isClosed)
    }

    @Test func aReplicaThatDoesNotReadIsCut() throws {
        let server = try ServerProcess(
            #require(ServerProcess.apus), ["--client-output-buffer-limit", "slave 2mb 0 0"])
        var client = try server.connect(), replica = try server.connect()
        replica.send(Array("SYNC\r\n".utf8))
        let value = String(repeating: "x", count: 100_000)
        var isConnected = true, rounds = 0
        while isConnected, rounds < 400 {
            rounds += 1
            _ = client.call(["SET", "key", value])
            let account = client.call(["INFO", "replication"]).map(Heard.text) ?? ""
            isConnected = !account.contains("connected_slaves:0") || rounds < 3
        }
        #expect(!isConnected && rounds > 10)
        let pong = client.call(["PING"])
        #expect(pong == .simple("PONG"))
    }
}

/// What has come and is not looked at yet.
private struct Heard {
    private var bytes: [UInt8] = []

    init(_ replica: inout Connection) {}

    private mutating func read(_ replica: inout Connection) -> Bool {
        let more = replica.receive(milliseconds: 10_000)
        bytes += more
        return !more.isEmpty
    }

    /// The next line with something in it.
    mutating func line(_ replica: inout Connection) -> String {
        while true {
            if let end = bytes.firstIndex(of: 10) {
                let line = bytes[..<end].filter { $0 != 13 }
                bytes.removeSubrange(...end)
                if !line.isEmpty { return String(decoding: line, as: UTF8.self) }
            } else if !read(&replica) {
                return ""
            }
        }
    }

    mutating func take(_ count: Int, _ replica: inout Connection) -> [UInt8] {
        while bytes.count < count { if !read(&replica) { break } }
        let taken = Array(bytes.prefix(count))
        bytes.removeFirst(taken.count)
        return taken
    }

    /// Everything up to the mark that nothing follows.
    mutating func take(through mark: [UInt8], _ replica: inout Connection) -> [UInt8] {
        while !bytes.reversed().starts(with: mark.reversed()) { if !read(&replica) { break } }
        defer { bytes = [] }
        return bytes
    }

    /// The words of the next command.
    mutating func command(_ replica: inout Connection) -> String {
        let count = Int(line(&replica).dropFirst()) ?? 0
        return (0..<count).map { _ in
            let size = Int(line(&replica).dropFirst()) ?? 0
            return String(decoding: take(size + 2, &replica).dropLast(2), as: UTF8.self)
        }.joined(separator: " ")
    }

    static func text(_ reply: Reply) -> String {
        guard case .bulk(let bytes) = reply else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
