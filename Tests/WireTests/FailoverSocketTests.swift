// Servers that find each other by name and hand the lead over, as processes.

import Foundation
import TestSupport
import Testing

@Suite struct FailoverSocketTests {
    private func field(_ name: String, _ client: inout Connection) -> String {
        guard case .bulk(let bytes)? = client.call(["INFO", "replication"]) else { return "" }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        return lines.first { $0.hasPrefix("\(name):") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
    }

    /// Asks again and again, up to half a minute.
    private func wait(_ name: String, _ value: String, _ client: inout Connection) {
        for _ in 0..<3000 {
            if field(name, &client).contains(value) { return }
            usleep(10_000)
        }
        Issue.record("\(name) has not become \(value)")
    }

    @Test(.enabled(if: ServerProcess.apus != nil, "the server is not built"))
    func theLeadGoesToAndFro() throws {
        let binary = try #require(ServerProcess.apus)
        try goToAndFro(ServerProcess(binary), ServerProcess(binary))
    }

    @Test(.enabled(if: ServerProcess.apus != nil && ServerProcess.reference != nil, "a server is missing"))
    func theLeadGoesToRedisAndBack() throws {
        try goToAndFro(
            ServerProcess(try #require(ServerProcess.apus)), ServerProcess(try #require(ServerProcess.reference)))
    }

    private func goToAndFro(_ first: ServerProcess, _ second: ServerProcess) throws {
        var here = try first.connect(), there = try second.connect()
        _ = here.call(["CONFIG", "SET", "repl-diskless-sync-delay", "0"])
        // By its name, which is looked up beside the loop.
        let following = there.call(["REPLICAOF", "localhost", String(first.port)])
        #expect(following == .simple("OK"))
        for round in 0..<4 {
            wait("master_link_status", "up", &there)
            wait("slave0", "state=online", &here)
            let count = here.call(["INCR", "rounds"])
            #expect(count == .integer(Int64(round + 1)))
            let target = round % 2 == 0 ? second.port : first.port
            let answer = here.call(["FAILOVER", "TO", "127.0.0.1", String(target)])
            #expect(answer == .simple("OK"))
            wait("master_failover_state", "no-failover", &here)
            let roles = (field("role", &here), field("role", &there))
            #expect(roles == ("slave", "master"))
            swap(&here, &there)
        }
        wait("master_link_status", "up", &there)
        let rounds = there.call(["GET", "rounds"])
        #expect(rounds == .bulk(Array("4".utf8)))
    }

    /// A name that leads nowhere holds up nobody, also at the end.
    @Test(.enabled(if: ServerProcess.apus != nil, "the server is not built"))
    func aNameThatNobodyKnowsHoldsUpNobody() throws {
        let server = try ServerProcess(#require(ServerProcess.apus))
        var client = try server.connect(), other = try server.connect()
        let migrated = client.call(["SET", "a", "1"])
        #expect(migrated == .simple("OK"))
        client.send(Array("MIGRATE no-such-host.invalid 7 a 0 30000\r\n".utf8))
        let following = other.call(["REPLICAOF", "no-such-host.invalid", "6379"])
        #expect(following == .simple("OK"))
        for _ in 0..<20 {
            let answer = other.call(["PING"])
            #expect(answer == .simple("PONG"))
        }
        #expect(field("master_link_status", &other) == "down")
        other.send(Array("SHUTDOWN NOSAVE\r\n".utf8))
        while !other.isClosed { if other.receive(milliseconds: 5000).isEmpty { break } }
        let isClosed = other.isClosed
        #expect(isClosed)
    }
}
