// Snapshots of a server under load: what it saves shows one moment, and starts our server and the real one.

import Foundation
import TestSupport
import Testing

@Suite struct SnapshotSocketTests {
    private static let pairCount = 20_000

    @Test(.enabled(if: ServerProcess.apus != nil, "the server is not built"))
    func aSnapshotUnderLoadShowsOneMomentToEveryServer() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let binary = try #require(ServerProcess.apus)
        do {
            // Redis before 7.2 reads nothing newer.
            let server = try ServerProcess(binary, ["--dir", folder.path, "--rdb-save-version", "10"])
            var client = try server.connect()
            for pair in 0..<Self.pairCount { write(pair, round: 0, &client) }
            _ = client.call(["ZADD", "large"] + (0..<20_000).flatMap { [String($0), "member \($0)"] })
            let begun = client.call(["BGSAVE"])
            #expect(begun == .simple("Background saving started"))
            var round = 1
            repeat {
                for pair in 0..<500 { write((pair * 7919 + round * 31) % Self.pairCount, round: round, &client) }
                _ = client.call(["ZADD", "large", String(round), "member \(round * 100 % 20_000)"])
                _ = client.call(["ZREM", "large", "member \(round)"])
                round += 1
            } while isSaving(&client)
            #expect(round > 2)
            let status = client.call(["INFO", "persistence"])
            #expect(text(status).contains("rdb_last_bgsave_status:ok"))
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files == ["dump.rdb"])
        try check(binary, folder)
        if let reference = ServerProcess.reference { try check(reference, folder) }
    }

    private func write(_ pair: Int, round: Int, _ client: inout Connection) {
        let value = "\(round) \(pair) of a round with some more text"
        _ = client.call(["MSET", "left:\(pair)", value, "right:\(pair)", value])
    }

    private func isSaving(_ client: inout Connection) -> Bool {
        text(client.call(["INFO", "persistence"])).contains("rdb_bgsave_in_progress:1")
    }

    private func text(_ reply: Reply?) -> String {
        guard case .bulk(let bytes)? = reply else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nothing of what was written behind the beginning is there, and everything of what was before.
    private func check(_ binary: URL, _ folder: URL) throws {
        let server = try ServerProcess(binary, ["--dir", folder.path])
        var client = try server.connect()
        while text(client.call(["INFO", "persistence"])).contains("loading:1") { usleep(10_000) }
        let count = client.call(["DBSIZE"])
        #expect(count == .integer(Int64(2 * Self.pairCount + 1)), "\(binary.lastPathComponent)")
        var wrong = 0
        for pair in 0..<Self.pairCount {
            let value = "0 \(pair) of a round with some more text"
            if text(client.call(["GET", "left:\(pair)"])) != value { wrong += 1 }
            if text(client.call(["GET", "right:\(pair)"])) != value { wrong += 1 }
        }
        #expect(wrong == 0, "\(binary.lastPathComponent)")
        let members = client.call(["ZCARD", "large"]), score = client.call(["ZSCORE", "large", "member 100"])
        #expect(members == .integer(20_000) && text(score) == "100", "\(binary.lastPathComponent)")
    }
}
