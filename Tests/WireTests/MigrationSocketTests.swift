// MIGRATE between processes: from our server to another of ours, to the real redis-server, and to nobody.

import Foundation
import TestSupport
import Testing

@Suite struct MigrationSocketTests {
    @Test(.enabled(if: ServerProcess.apus != nil, "the server is not built"))
    func valuesMoveFromServerToServer() throws {
        let binary = try #require(ServerProcess.apus)
        let source = try ServerProcess(binary), target = try ServerProcess(binary, ["--requirepass", "secret"])
        try move(from: source, to: target, credentials: ["AUTH", "secret"])
    }

    @Test(.enabled(if: ServerProcess.apus != nil && ServerProcess.reference != nil, "a server is missing"))
    func valuesMoveToRedis() throws {
        let source = try ServerProcess(try #require(ServerProcess.apus))
        let target = try ServerProcess(try #require(ServerProcess.reference))
        try move(from: source, to: target, credentials: [])
    }

    private func move(from source: ServerProcess, to target: ServerProcess, credentials: [String]) throws {
        var here = try source.connect(), there = try target.connect()
        if !credentials.isEmpty { _ = there.call(credentials) }
        _ = there.call(["SELECT", "3"])
        let long = String(repeating: "long ", count: 200_000)
        _ = here.call(["MSET", "text", long, "number", "12345"])
        _ = here.call(["PEXPIRE", "number", "100000"])
        _ = here.call(["RPUSH", "list"] + (1...2000).map { "element \($0)" })
        _ = here.call(["HSET", "hash", "a", "1", "b", "two"])
        _ = here.call(["SADD", "set"] + (1...300).map { "m\($0)" })
        _ = here.call(["ZADD", "scores", "1.5", "a", "-inf", "b"])
        let words = ["MIGRATE", "127.0.0.1", String(target.port), "", "3", "5000"] + credentials + ["KEYS"]
        let keys = ["text", "number", "list", "hash", "set", "scores", "missing"]
        let moved = here.call(words + keys)
        #expect(moved == .simple("OK"))
        let left = here.call(["DBSIZE"]), count = there.call(["DBSIZE"])
        #expect(left == .integer(0) && count == .integer(6))
        let text = there.call(["GET", "text"]), elements = there.call(["LLEN", "list"])
        #expect(text == .bulk(Array(long.utf8)) && elements == .integer(2000))
        let score = there.call(["ZSCORE", "scores", "a"]), member = there.call(["SISMEMBER", "set", "m300"])
        #expect(score == .bulk(Array("1.5".utf8)) && member == .integer(1))
        guard case .integer(let rest)? = there.call(["PTTL", "number"]) else {
            Issue.record("the time to live is lost")
            return
        }
        #expect(rest > 90_000 && rest <= 100_000)
        let again = here.call(words + keys)
        #expect(again == .simple("NOKEY"))
    }

    /// The target takes the call and never answers: our server must be back when the time has passed.
    @Test(.enabled(if: ServerProcess.apus != nil, "the server is not built"))
    func aSilentTargetCostsTheTimeAndNoMore() throws {
        let source = try ServerProcess(try #require(ServerProcess.apus))
        var here = try source.connect(), other = try source.connect()
        _ = here.call(["SET", "key", "value"])
        // The server itself: while it waits, it answers nobody.
        let began = Date()
        let reply = here.call(["MIGRATE", "127.0.0.1", String(source.port), "key", "0", "300"])
        let seconds = Date().timeIntervalSince(began)
        #expect(reply == .error("IOERR error or timeout reading to target instance"))
        #expect(seconds >= 0.29 && seconds < 2)
        let value = other.call(["GET", "key"])
        #expect(value == .bulk(Array("value".utf8)))
    }
}
