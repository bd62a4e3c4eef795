// Saving through a whole server: what commands answer, what stands in the file, and what happens when the disk fails.

import Platform
import TestSupport
import Testing

@testable import Engine

@Suite struct SavingTests {
    private static func machine(savePoints: [SavePoint] = []) -> Machine {
        var settings = Settings()
        settings.savePoints = savePoints
        return Machine(settings)
    }

    private static func fill(_ machine: inout Machine, _ count: Int) {
        for number in 0..<count { _ = machine.ask("SET key:\(number) value:\(number)") }
    }

    @Test func whatHasBeenSavedIsThereAfterTheNextStart() {
        var machine = Self.machine()
        Self.fill(&machine, 100)
        _ = machine.ask("RPUSH list a b c")
        #expect(machine.ask("SAVE") == "+OK\r\n")
        #expect(machine.information("rdb_changes_since_last_save") == "0")
        machine.restart()
        #expect(machine.ask("DBSIZE") == ":101\r\n")
        #expect(machine.ask("GET key:77") == "$8\r\nvalue:77\r\n")
        #expect(machine.ask("LLEN list") == ":3\r\n")
    }

    @Test func aBackgroundSaveShowsTheMomentAtWhichItBegan() {
        var machine = Self.machine()
        Self.fill(&machine, 200)
        _ = machine.ask("CONFIG SET rdb-key-save-delay 1000000")
        #expect(machine.ask("BGSAVE") == "+Background saving started\r\n")
        #expect(machine.information("rdb_bgsave_in_progress") == "1")
        #expect(machine.ask("BGSAVE") == "-ERR Background save already in progress\r\n")
        #expect(machine.ask("SAVE") == "-ERR Background save already in progress\r\n")
        for number in 0..<200 { _ = machine.ask("SET key:\(number) changed") }
        _ = machine.ask("SET new 1")
        _ = machine.ask("DEL key:3")
        machine.pass(milliseconds: 300_000)
        machine.settle()
        #expect(machine.information("rdb_bgsave_in_progress") == "0")
        #expect(machine.information("rdb_last_bgsave_status") == "ok")
        #expect(machine.information("rdb_last_bgsave_time_sec") == "300")
        #expect(machine.information("rdb_changes_since_last_save") == "202")
        machine.restart()
        #expect(machine.ask("DBSIZE") == ":200\r\n")
        #expect(machine.ask("GET key:3") == "$7\r\nvalue:3\r\n")
    }

    @Test func aDelayThatIsTakenBackHoldsNothingUp() {
        var machine = Self.machine()
        Self.fill(&machine, 20)
        _ = machine.ask("CONFIG SET rdb-key-save-delay 10000000")
        _ = machine.ask("BGSAVE")
        machine.pass(milliseconds: 1000)
        #expect(machine.information("rdb_bgsave_in_progress") == "1")
        #expect(machine.ask("CONFIG SET rdb-key-save-delay 0") == "+OK\r\n")
        machine.settle()
        #expect(machine.information("rdb_bgsave_in_progress") == "0")
    }

    @Test func whatRedisForksForIsCounted() {
        var machine = Self.machine()
        #expect(machine.ask("SAVE") == "+OK\r\n")
        #expect(machine.information("total_forks") == "0")
        _ = machine.ask("BGSAVE")
        machine.settle()
        #expect(machine.information("total_forks") == "1")
        let reply = machine.ask("MULTI\r\nSET a 1\r\nBGREWRITEAOF\r\nEXEC")
        #expect(reply.hasSuffix("+Background append only file rewriting scheduled\r\n"))
        machine.pass(milliseconds: 1000)
        machine.settle()
        #expect(machine.information("total_forks") == "2")
    }

    @Test func aSavePointSavesWhenItIsDue() {
        var machine = Self.machine(savePoints: [SavePoint(seconds: 10, changes: 3)])
        Self.fill(&machine, 2)
        machine.pass(milliseconds: 20_000)
        machine.settle()
        #expect(machine.information("rdb_saves") == "0")
        Self.fill(&machine, 2)
        machine.pass(milliseconds: 20_000)
        machine.settle()
        #expect(machine.information("rdb_saves") == "1")
        machine.restart()
        #expect(machine.ask("DBSIZE") == ":2\r\n")
    }

    @Test func whileSavingFailsWritesAreRefusedAndReadsAreNot() {
        var machine = Self.machine(savePoints: [SavePoint(seconds: 1000, changes: 1000)])
        Self.fill(&machine, 10)
        machine.disk.fail(operation: 1, .open, with: .full("open"), lasts: true)
        _ = machine.ask("BGSAVE")
        machine.settle()
        #expect(machine.information("rdb_last_bgsave_status") == "err")
        #expect(machine.ask("SET a b").hasPrefix("-MISCONF Redis is configured to save RDB snapshots, but it's"))
        #expect(machine.ask("PING").hasPrefix("-MISCONF "))
        #expect(machine.ask("GET key:1") == "$7\r\nvalue:1\r\n")
        #expect(machine.ask("CONFIG SET stop-writes-on-bgsave-error no") == "+OK\r\n")
        #expect(machine.ask("SET a b") == "+OK\r\n")
        #expect(machine.ask("CONFIG SET stop-writes-on-bgsave-error yes") == "+OK\r\n")
        machine.disk.repair()
        _ = machine.ask("BGSAVE")
        machine.settle()
        #expect(machine.ask("SET a c") == "+OK\r\n")
    }

    @Test func aFlushEndsTheBackgroundSaveAndEmptiesTheFile() {
        var machine = Self.machine(savePoints: [SavePoint(seconds: 1000, changes: 1000)])
        Self.fill(&machine, 50)
        _ = machine.ask("CONFIG SET rdb-key-save-delay 1000000")
        _ = machine.ask("BGSAVE")
        #expect(machine.ask("FLUSHALL") == "+OK\r\n")
        machine.settle()
        #expect(machine.information("rdb_bgsave_in_progress") == "0")
        #expect(machine.information("rdb_last_bgsave_status") == "ok")
        #expect(machine.information("rdb_changes_since_last_save") == "0")
        machine.restart()
        #expect(machine.ask("DBSIZE") == ":0\r\n")
    }

    /// Whatever step fails, the old file stays whole until the new one is; nothing else is left; and the next attempt
    /// succeeds.
    @Test func anyStepOfSavingMayFail() {
        for background in [false, true] {
            var step = 1, hasFailed = true
            while hasFailed {
                var machine = Self.machine()
                Self.fill(&machine, 20)
                _ = machine.ask("SAVE")
                Self.fill(&machine, 40)
                machine.disk.fail(operation: step)
                let reply = machine.ask(background ? "BGSAVE" : "SAVE")
                machine.settle()
                hasFailed = !machine.disk.hasFaults
                machine.disk.repair()
                if !background { #expect(reply == (hasFailed ? "-ERR\r\n" : "+OK\r\n") || step > 5) }
                let status = machine.information("rdb_last_bgsave_status")
                if background { #expect(status == (hasFailed ? "err" : "ok") || step > 5, "step \(step)") }
                let names = (try? machine.disk.names(in: "/data")) ?? []
                #expect(names == ["dump.rdb"], "step \(step): \(names)")
                _ = machine.ask("SET last 1")
                #expect(machine.ask("SAVE") == "+OK\r\n")
                machine.restart()
                #expect(machine.ask("DBSIZE") == ":41\r\n", "step \(step)")
                step += 1
            }
            #expect(step > 6)
        }
    }

    @Test func aPowerCutWhileSavingLeavesTheOldFileOrTheNewOne() {
        for step in 0..<30 {
            var machine = Self.machine()
            Self.fill(&machine, 20)
            _ = machine.ask("SAVE")
            Self.fill(&machine, 40)
            machine.disk.cutPower(afterOperation: step)
            _ = machine.ask("BGSAVE")
            machine.settle()
            let isOff = machine.disk.isOff
            machine.restart(.prefix(seed: UInt64(step)))
            let size = machine.ask("DBSIZE")
            #expect(size == ":20\r\n" || size == ":40\r\n", "step \(step): \(size)")
            if !isOff { return #expect(size == ":40\r\n") }
        }
    }
}
