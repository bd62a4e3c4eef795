// What the kernel sees of the process's memory: a purge gives back what nobody uses, and the score by which processes
// are killed is the one that the settings ask for.

import Foundation
import TestSupport
import Testing

@Suite struct MemoryTests: OwnServer {
    let port = unusedPort()

    /// Kilobytes in memory, as the kernel counts them.
    private func residentSize(_ run: ProgramRun) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(run.processIdentifier)/status", encoding: .utf8)
        return try #require(text.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Int($0.1) })
    }

    private func score(_ run: ProgramRun) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(run.processIdentifier)/oom_score_adj", encoding: .utf8)
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    @Test func aPurgeGivesMemoryBack() throws {
        let run = try start()
        call("PING")
        let before = try residentSize(run)
        #expect(call("DEBUG", "POPULATE", "100000", "key", "200") == .simple("OK"))
        let full = try residentSize(run)
        #expect(full > before + 20_000)
        #expect(call("FLUSHALL") == .simple("OK"))
        #expect(run.wait { _ in call("INFO", "memory")?.text?.contains("lazyfree_pending_objects:0") == true })
        #expect(call("MEMORY", "PURGE") == .simple("OK"))
        let after = try residentSize(run)
        #expect(after < before + 6000, "\(before) \(full) \(after)")
        #expect(call("MEMORY", "MALLOC-STATS")?.text?.contains(", 0 of these not yet given back to the kernel") == true)
    }

    @Test func theScoreForTheLackOfMemoryIsWritten() throws {
        let run = try start("--oom-score-adj", "absolute", "--oom-score-adj-values", "300 400 500")
        #expect(try score(run) == 300)
        #expect(call("CONFIG", "SET", "oom-score-adj-values", "310 400 500") == .simple("OK"))
        #expect(try score(run) == 310)
        #expect(call("CONFIG", "SET", "oom-score-adj", "no") == .simple("OK"))
        #expect(try score(run) < 300)
    }
}
