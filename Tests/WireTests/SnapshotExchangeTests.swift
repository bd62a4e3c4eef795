// Snapshots between servers: ours starts the real redis-server, its starts ours, and Redis's own tool finds no fault.

import Foundation
import TestSupport
import Testing

@Suite struct SnapshotExchangeTests {
    private static func many(_ count: Int, _ words: (Int) -> [String]) -> [String] { (0..<count).flatMap(words) }

    /// Calls that make values of every type and encoding, in two databases. Redis 7.0 shows most fractions otherwise
    /// than later versions.
    private static let making: [[String]] = [
        ["SET", "integer", "12"], ["SET", "text", "hello"], ["SET", "wide", "-9000000000"],
        ["SET", "repeated", String(repeating: "compress me ", count: 1000)],
        ["SET", "large", String((0..<9000).map { Character(UnicodeScalar(UInt8(33 + $0 * 7 % 90))) })],
        ["SET", "ending", "soon", "PXAT", "99999999999999"],
        ["RPUSH", "list", "a", "1", "-5000000000"], ["RPUSH", "long"] + many(3000) { ["element \($0)"] },
        ["RPUSH", "huge", "a", String(repeating: "x", count: 20_000), "b"],
        ["SADD", "integers", "1", "-2", "300000"], ["SADD", "packed", "a", "1", "b"],
        ["SADD", "table"] + many(3000) { ["member \($0)"] },
        ["HSET", "fields", "a", "1", "b", String(repeating: "y", count: 50)],
        ["HSET", "wide-fields"] + many(2000) { ["field \($0)", "value \($0)"] },
        ["ZADD", "scores", "1", "a", "-inf", "b", "2.5", "c", "1099511627776", "d"],
        ["ZADD", "many-scores"] + many(2000) { ["\(Double($0) / 4)", "member \($0)"] },
        ["XADD", "stream", "1-1", "a", "b"], ["XADD", "stream", "2-1", "a", "c", "d", "e"],
        ["XADD", "stream", "3-1", "a", "f"], ["XDEL", "stream", "2-1"], ["XGROUP", "CREATE", "stream", "group", "0"],
        ["XREADGROUP", "GROUP", "group", "reader", "COUNT", "1", "STREAMS", "stream", ">"],
        ["PFADD", "log"] + many(500) { ["\($0)"] }, ["SELECT", "9"], ["SET", "elsewhere", "1"], ["SELECT", "0"],
    ]

    /// Calls whose replies tell what the values are.
    private static let reading: [[String]] =
        ["integer", "text", "wide", "repeated", "large", "ending"].map { ["GET", $0] }
        + ["list", "long", "huge"].map { ["LRANGE", $0, "0", "-1"] }
        + ["integers", "packed", "table"].map { ["SORT", $0, "ALPHA"] }
        + ["scores", "many-scores"].map { ["ZRANGE", $0, "0", "-1", "WITHSCORES"] }
        + ["fields", "wide-fields"].map { ["HLEN", $0] } + (0..<40).map { ["HGET", "wide-fields", "field \($0 * 50)"] }
        + [
            ["HGET", "fields", "b"], ["XRANGE", "stream", "-", "+"], ["XPENDING", "stream", "group"],
            ["PEXPIRETIME", "ending"], ["PFCOUNT", "log"], ["DBSIZE"], ["OBJECT", "ENCODING", "integers"],
            ["OBJECT", "ENCODING", "fields"], ["OBJECT", "ENCODING", "long"], ["OBJECT", "ENCODING", "many-scores"],
            ["SELECT", "9"], ["GET", "elsewhere"], ["DBSIZE"], ["SELECT", "0"],
        ]

    private func fill(_ server: ServerProcess) throws -> Connection {
        var connection = try server.connect()
        for call in SnapshotExchangeTests.making {
            let reply = connection.call(call)
            if case .error(let text)? = reply { Issue.record("\(call[0]): \(text)") }
        }
        return connection
    }

    private func compare(_ left: inout Connection, _ right: inout Connection) {
        for call in SnapshotExchangeTests.reading {
            let first = left.call(call), second = right.call(call)
            #expect(first == second && first != nil, "\(call.prefix(3).joined(separator: " "))")
        }
    }

    @Test(
        .enabled(if: ServerProcess.apus != nil && ServerProcess.reference != nil, "a server is missing"),
        arguments: ["9", "10"])
    func ourSnapshotStartsRedis(_ version: String) throws {
        let binary = try #require(ServerProcess.apus), reference = try #require(ServerProcess.reference)
        let ours = try ServerProcess(binary, ["--rdb-save-version", version])
        var here = try fill(ours)
        let saved = here.call(["DEBUG", "RELOAD"])
        #expect(saved == .simple("OK"))
        let file = try #require(ours.contents(of: "dump.rdb"))
        let theirs = try ServerProcess(reference, files: ["dump.rdb": file])
        var there = try theirs.connect()
        compare(&here, &there)
    }

    @Test(.enabled(if: ServerProcess.apus != nil && ServerProcess.reference != nil, "a server is missing"))
    func theirSnapshotStartsOurs() throws {
        let binary = try #require(ServerProcess.apus), reference = try #require(ServerProcess.reference)
        let theirs = try ServerProcess(reference)
        var there = try fill(theirs)
        let saved = there.call(["SAVE"])
        #expect(saved == .simple("OK"))
        let file = try #require(theirs.contents(of: "dump.rdb"))
        let ours = try ServerProcess(binary, files: ["dump.rdb": file])
        var here = try ours.connect()
        compare(&here, &there)
    }

    /// Redis's tool, and ours under the same name.
    @Test(.enabled(if: ServerProcess.apus != nil && ServerProcess.reference != nil, "a server is missing"))
    func bothToolsFindTheSnapshotSound() throws {
        let binary = try #require(ServerProcess.apus), reference = try #require(ServerProcess.reference)
        let ours = try ServerProcess(binary, ["--rdb-save-version", "10"])
        var here = try fill(ours)
        _ = here.call(["DEBUG", "RELOAD"])
        let file = try #require(ours.contents(of: "dump.rdb"))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let snapshot = folder.appendingPathComponent("dump.rdb"), cut = folder.appendingPathComponent("cut.rdb")
        try Data(file).write(to: snapshot)
        try Data(file.prefix(file.count / 2)).write(to: cut)
        let name = folder.appendingPathComponent("redis-check-rdb")
        try FileManager.default.createSymbolicLink(at: name, withDestinationURL: binary)
        let theirs = reference.deletingLastPathComponent().appendingPathComponent("redis-check-rdb")
        for tool in [name, theirs] where FileManager.default.isExecutableFile(atPath: tool.path) {
            let sound = try ProgramRun(tool, [snapshot.path]), damaged = try ProgramRun(tool, [cut.path])
            let codes = [sound.exitCode(), damaged.exitCode()]
            #expect(codes == [0, 1], "\(tool.path)")
            #expect(sound.output.contains("RDB looks OK!"))
            #expect(damaged.output.contains("--- RDB ERROR DETECTED ---"))
            #expect(damaged.output.contains("Unexpected EOF reading RDB file"))
        }
    }
}
